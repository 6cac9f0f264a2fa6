using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Perf.Baselines;

/// <summary>A byte stream in each direction. Implemented by structs, so that the loops are compiled for each.</summary>
internal interface IChannel
{
    /// <summary>System calls that this side has made to move bytes or to wake the other side.</summary>
    long SystemCalls { get; }

    void Write(ReadOnlySpan<byte> bytes);

    /// <summary>Fills the buffer.</summary>
    /// <exception cref="IOException">The peer is gone.</exception>
    void Read(Span<byte> buffer);
}

/// <summary>Blocking read(2) and write(2). When the peer dies they end: end of file, EPIPE or ECONNRESET.</summary>
internal unsafe struct DescriptorChannel(int input, int output) : IChannel
{
    public long SystemCalls { get; private set; }

    public void Write(ReadOnlySpan<byte> bytes)
    {
        fixed (byte* start = bytes)
        {
            for (var done = 0; done < bytes.Length;)
            {
                SystemCalls++;
                var count = Posix.Write(output, start + done, (nuint)(bytes.Length - done));
                done += Check(count, "write");
            }
        }
    }

    public void Read(Span<byte> buffer)
    {
        fixed (byte* start = buffer)
        {
            for (var done = 0; done < buffer.Length;)
            {
                SystemCalls++;
                var count = Posix.Read(input, start + done, (nuint)(buffer.Length - done));
                done += count == 0 ? throw new EndOfStreamException("The peer closed its end.") : Check(count, "read");
            }
        }
    }

    private static int Check(nint count, string call)
        => count >= 0 ? (int)count
            : Marshal.GetLastPInvokeError() == Errno.EINTR ? 0
            : throw Errno.LastError(call, "reach the peer");
}

/// <summary>The ring halves of the transport alone: a side that waits polls without a pause.</summary>
internal struct RingChannel(RawRings rings, PeerWatch watch) : IChannel
{
    // Larger blocks go in parts, so that both sides copy at the same time and a part is still in the cache when it is read.
    private const int MaxPart = 64 * 1024;

    private readonly RingProducer _producer = rings.Producer;
    private readonly RingConsumer _consumer = rings.Consumer;

    public readonly long SystemCalls => rings.DoorbellsRung;

    public readonly void Write(ReadOnlySpan<byte> bytes)
    {
        var spins = 0;
        while (!bytes.IsEmpty)
        {
            var part = Math.Min(bytes.Length, MaxPart);
            while (_producer.FreeSeen < part && _producer.Free() < part)
            {
                watch.OnSpin(ref spins);
            }

            bytes[..part].CopyTo(_producer.Span(0, part));
            _producer.Publish(part);
            bytes = bytes[part..];
        }
    }

    public readonly void Read(Span<byte> buffer)
    {
        var spins = 0;
        while (!buffer.IsEmpty)
        {
            int available;
            while ((available = _consumer.Available()) == 0)
            {
                watch.OnSpin(ref spins);
            }

            var part = Math.Min(Math.Min(available, buffer.Length), MaxPart);
            _consumer.Span(part).CopyTo(buffer);
            _consumer.Advance(part);
            buffer = buffer[part..];
        }
    }
}
