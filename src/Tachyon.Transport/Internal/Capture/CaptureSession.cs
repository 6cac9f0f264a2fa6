using System.Diagnostics.CodeAnalysis;
using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Internal.Capture;

/// <summary>
/// A capture of this process: gives each connection its taps, and writes what they capture. There is at most one at a time, so that a
/// connection has one tap for each half.
/// </summary>
/// <remarks>Thread-safe. docs/adr/0031-capture.md.</remarks>
internal sealed class CaptureSession : IConnectionObserver
{
    private const int BatchSize = 256 * 1024;
    private static readonly TimeSpan s_limitAtExit = TimeSpan.FromSeconds(2);
    private static readonly Lock s_lock = new();
    private static CaptureSession? s_newest;

    private readonly CaptureScope _scope;
    private readonly CaptureOutput _output;
    private readonly int _snapLength;
    private readonly CaptureQueue _queue;
    private readonly TaskCompletionSource _ended = new(TaskCreationOptions.RunContinuationsAsynchronously);

    // Guarded by the lock of the registry, within which they are used.
    private readonly Dictionary<ConnectionCore, CapturedConnection> _connections = [];
    private readonly Dictionary<string, int> _paths = [];
    private int _connectionCount;

    private long _packets;
    private string? _error;

    private CaptureSession(CaptureScope scope, CaptureOutput output, int snapLength)
    {
        _scope = scope;
        _output = output;
        _snapLength = snapLength;
        _queue = new CaptureQueue(Math.Max(0, snapLength - TcpPacket.HeaderSize));
    }

    /// <summary>The capture that was started last; it may have ended. Null before the first.</summary>
    internal static CaptureSession? Newest => Volatile.Read(ref s_newest);

    /// <summary>Completes, without an error, when the output is closed.</summary>
    internal Task Ended => _ended.Task;

    internal TachyonCaptureStatus Status => new()
    {
        Target = _output.Target,
        Path = _scope.Path,
        SnapLength = _snapLength,
        IsRunning = !_ended.Task.IsCompleted,
        Packets = Volatile.Read(ref _packets),
        Dropped = _queue.Dropped,
        Error = Volatile.Read(ref _error),
    };

    /// <summary>Makes a capture, unless one runs. The caller must <see cref="Begin"/> it.</summary>
    /// <param name="scope">What is captured.</param>
    /// <param name="output">Where it goes. Disposed at the end of the session.</param>
    /// <param name="snapLength">Bytes kept of each packet.</param>
    /// <param name="session">The new one; or, when false is returned, the one that runs.</param>
    internal static bool TryCreate(
        CaptureScope scope, CaptureOutput output, int snapLength, [NotNull] out CaptureSession? session)
    {
        lock (s_lock)
        {
            session = s_newest;
            if (session is { _ended.Task.IsCompleted: false })
            {
                return false;
            }

            session = new CaptureSession(scope, output, snapLength);
            Volatile.Write(ref s_newest, session);
        }

        return true;
    }

    /// <summary>Captures from now on. Once.</summary>
    internal void Begin()
    {
        AppDomain.CurrentDomain.ProcessExit += OnProcessExit;
        ConnectionRegistry.Observe(this);
        _ = Task.Run(RunAsync);
    }

    /// <summary>Calls back now, and once more when the capture has ended. From any thread.</summary>
    /// <param name="changed">Null: nothing happens. Exceptions that it throws are ignored.</param>
    internal void Report(Action<TachyonCaptureStatus>? changed)
    {
        if (changed is null)
        {
            return;
        }

        var status = Status;
        Invoke(changed, status);
        if (status.IsRunning)
        {
            _ = _ended.Task.ContinueWith(
                _ => Invoke(changed, Status), CancellationToken.None, TaskContinuationOptions.None, TaskScheduler.Default);
        }
    }

    /// <summary>Captures nothing more; what was captured is still written. Idempotent.</summary>
    internal void Stop()
    {
        ConnectionRegistry.Forget(this);
        _queue.Complete();
    }

    void IConnectionObserver.OnAdded(ConnectionCore connection)
    {
        if (!_scope.Includes(connection))
        {
            return;
        }

        var path = connection.Facts!.Path;
        if (!_paths.TryGetValue(path, out var pathNumber))
        {
            _paths.Add(path, pathNumber = _paths.Count);
        }

        var captured = new CapturedConnection(_queue, connection, _connectionCount++, pathNumber);
        _connections.Add(connection, captured);
        _queue.Add(captured.ToServer, CapturedKind.Begin, captured.ToServer.Next);
        connection.Producer.SetTap(captured.Sent);
        connection.Consumer.SetTap(captured.Received);
    }

    void IConnectionObserver.OnRemoved(ConnectionCore connection)
    {
        if (_connections.Remove(connection))
        {
            connection.Producer.SetTap(null);
            connection.Consumer.SetTap(null);
        }
    }

    private async Task RunAsync()
    {
        try
        {
            await WriteAsync().ConfigureAwait(false);
        }
#pragma warning disable CA1031 // No failure of a capture may reach the connections: it ends with its reason in the status.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Volatile.Write(ref _error, exception.Message);
        }

        await EndAsync().ConfigureAwait(false);
    }

    private async Task WriteAsync()
    {
        var blocks = new PcapngWriter();
        var packets = new PacketWriter(blocks);
        blocks.WriteHeader(
            _snapLength,
            $"Captured in process {Environment.ProcessId} (uid {Interop.Libc.GetEffectiveUserId()}). Addresses and TCP are made up: the connections go over shared memory. Their bytes are as the two sides exchanged them.");
        await _output.OpenAsync(blocks.Blocks.ToArray()).ConfigureAwait(false);
        blocks.Clear();

        while (await _queue.WaitAsync().ConfigureAwait(false))
        {
            while (_queue.TryTake(out var item))
            {
                packets.Write(item);
                _queue.Release(item);
                if (blocks.Blocks.Length >= BatchSize)
                {
                    await FlushAsync(blocks, packets).ConfigureAwait(false);
                }
            }

            await FlushAsync(blocks, packets).ConfigureAwait(false);
        }

        blocks.WriteStatistics(packets.Packets + _queue.Dropped, _queue.Dropped);
        await FlushAsync(blocks, packets).ConfigureAwait(false);
    }

    private async ValueTask FlushAsync(PcapngWriter blocks, PacketWriter packets)
    {
        await _output.WriteAsync(blocks.Blocks).ConfigureAwait(false);
        blocks.Clear();
        Volatile.Write(ref _packets, packets.Packets);
    }

    private async Task EndAsync()
    {
        Stop();
        while (_queue.TryTake(out var item))
        {
            _queue.Release(item);
        }

        try
        {
            await _output.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException exception)
        {
            Volatile.Write(ref _error, _error ?? exception.Message);
        }

        AppDomain.CurrentDomain.ProcessExit -= OnProcessExit;
        _ended.TrySetResult();
    }

    private static void Invoke(Action<TachyonCaptureStatus> changed, TachyonCaptureStatus status)
    {
        try
        {
            changed(status);
        }
#pragma warning disable CA1031 // An exception of the application's callback must end neither a listener nor the capture.
        catch (Exception)
#pragma warning restore CA1031
        {
        }
    }

    private void OnProcessExit(object? sender, EventArgs arguments)
    {
        Stop();
#pragma warning disable RS0030 // The process is ending: without the wait the last packets would be lost. It is bounded.
        _ended.Task.Wait(s_limitAtExit);
#pragma warning restore RS0030
    }
}
