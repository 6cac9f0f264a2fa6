namespace Tachyon.Transport.Internal.Capture;

/// <summary>
/// A capture in files: <c>name.pcapng</c>, then <c>name.2.pcapng</c>, ... Each begins with the header; the oldest is deleted when there are
/// too many. They are readable by their owner only, because a capture shows the traffic in the clear. A file that exists is never
/// overwritten, nor is a link followed: the next free number is taken.
/// </summary>
internal sealed class CaptureFiles(string path, CaptureLimits limits) : CaptureOutput
{
    private const int MaxNumber = 1_000_000;

    private readonly string _path = Path.GetFullPath(path);
    private readonly Queue<string> _kept = [];
    private ReadOnlyMemory<byte> _header;
    private FileStream? _file;
    private long _size;
    private int _number;

    /// <summary>The file that is written to; before the first, the one that was asked for.</summary>
    internal override string Target => Volatile.Read(ref _file)?.Name ?? _path;

    internal override async ValueTask OpenAsync(ReadOnlyMemory<byte> header)
    {
        _header = header;
        await BeginFileAsync().ConfigureAwait(false);
    }

    internal override async ValueTask WriteAsync(ReadOnlyMemory<byte> blocks)
    {
        if (_size + blocks.Length > limits.FileSize && _size > _header.Length)
        {
            await BeginFileAsync().ConfigureAwait(false);
        }

        await _file!.WriteAsync(blocks).ConfigureAwait(false);
        _size += blocks.Length;
    }

    public override async ValueTask DisposeAsync()
    {
        if (_file is not null)
        {
            await _file.DisposeAsync().ConfigureAwait(false);
        }
    }

    private async ValueTask BeginFileAsync()
    {
        var next = Create();
        var last = _file;
        Volatile.Write(ref _file, next);
        if (last is not null)
        {
            await last.DisposeAsync().ConfigureAwait(false);
        }

        _kept.Enqueue(next.Name);
        if (_kept.Count > limits.Files)
        {
            File.Delete(_kept.Dequeue());
        }

        await next.WriteAsync(_header).ConfigureAwait(false);
        _size = _header.Length;
    }

    private FileStream Create()
    {
        while (true)
        {
            _number++;
            var name = _number == 1 ? _path : $"{Path.ChangeExtension(_path, null)}.{_number}{Path.GetExtension(_path)}";
            try
            {
                return new FileStream(name, new FileStreamOptions
                {
                    Mode = FileMode.CreateNew,
                    Access = FileAccess.Write,
                    Share = FileShare.Read | FileShare.Delete,
                    Options = FileOptions.Asynchronous,
                    BufferSize = 0,
#pragma warning disable CA1416 // There are connections on Linux only.
                    UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
#pragma warning restore CA1416
                });
            }
            catch (IOException) when (_number < MaxNumber && Path.Exists(name))
            {
                // Taken: by an earlier capture, or by another process with the same variable.
            }
        }
    }
}
