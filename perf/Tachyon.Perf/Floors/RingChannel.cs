using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Perf.Floors;

/// <summary>The ring halves of the transport, with nothing around them: who waits, looks without a pause.</summary>
internal struct RingChannel(RawRings rings, PeerWatch watch) : IChannel
{
    // Larger blocks go in parts, so that both sides copy at the same time and a part is still in the cache when it is read.
    private const int MaxPart = 64 * 1024;

    private readonly RingProducer _producer = rings.Producer;
    private readonly RingConsumer _consumer = rings.Consumer;

    public readonly long SystemCalls => rings.DoorbellsRung;

    public readonly void Write(ReadOnlySpan<byte> bytes)
    {
        int spins = 0;
        while (!bytes.IsEmpty)
        {
            int part = Math.Min(bytes.Length, MaxPart);
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
        int spins = 0;
        while (!buffer.IsEmpty)
        {
            int available;
            while ((available = _consumer.Available()) == 0)
            {
                watch.OnSpin(ref spins);
            }

            int part = Math.Min(Math.Min(available, buffer.Length), MaxPart);
            _consumer.Span(part).CopyTo(buffer);
            _consumer.Advance(part);
            buffer = buffer[part..];
        }
    }
}
