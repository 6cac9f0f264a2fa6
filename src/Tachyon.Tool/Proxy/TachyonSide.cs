using System.Buffers;
using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.Tool.Proxy;

/// <summary>A connection over shared memory: others receive right into its ring, and send right out of it.</summary>
internal sealed class TachyonSide(TachyonConnection connection) : ProxySide
{
    private readonly PipeReader _input = connection.Input;
    private readonly PipeWriter _output = connection.Output;

    internal override async Task<bool> CopyToAsync(ProxySide target, ByteCount moved)
    {
        while (true)
        {
            var result = await _input.ReadAsync().ConfigureAwait(false);
            var buffer = result.Buffer;
            if (buffer.IsEmpty && result.IsCompleted)
            {
                _input.AdvanceTo(buffer.End);
                return true;
            }

            var length = buffer.Length;
            var taken = true;
            foreach (var bytes in buffer)
            {
                taken = taken && await target.WriteAsync(bytes).ConfigureAwait(false);
            }

            _input.AdvanceTo(buffer.End);
            if (!taken)
            {
                return false;
            }

            moved.Add(length);
        }
    }

    internal override Memory<byte> GetMemory() => _output.GetMemory();

    internal override async ValueTask<bool> AdvanceAsync(int count)
    {
        _output.Advance(count);
        var result = await _output.FlushAsync().ConfigureAwait(false);
        return !result.IsCompleted;
    }

    internal override async ValueTask<bool> WriteAsync(ReadOnlyMemory<byte> bytes)
    {
        // A piece at a time: written at once, what does not fit into the ring would go to private memory.
        while (!bytes.IsEmpty)
        {
            var memory = _output.GetMemory();
            var count = Math.Min(memory.Length, bytes.Length);
            bytes[..count].CopyTo(memory);
            if (!await AdvanceAsync(count).ConfigureAwait(false))
            {
                return false;
            }

            bytes = bytes[count..];
        }

        return true;
    }

    internal override void FinishWriting() => _output.Complete();

    internal override void StopReading() => _input.Complete();

    internal override void Abort() => connection.Abort();

    public override ValueTask DisposeAsync()
    {
        // Both give back the memory that they were shown; only then the connection may unmap it.
        _input.Complete();
        _output.Complete();
        return connection.DisposeAsync();
    }
}
