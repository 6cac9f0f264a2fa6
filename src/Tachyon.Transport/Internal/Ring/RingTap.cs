namespace Tachyon.Transport.Internal.Ring;

/// <summary>Gets what passes one half of a ring while the traffic is captured. It must neither block nor throw.</summary>
internal abstract class RingTap
{
    /// <summary>Bytes that the producer is about to publish, or that the consumer sees for the first time. Their owner's thread.</summary>
    /// <param name="position">Bytes of the ring that came before these.</param>
    /// <param name="bytes">Valid during the call.</param>
    internal abstract void OnBytes(long position, ReadOnlySpan<byte> bytes);

    /// <summary>The end of the stream, after its last byte. Any thread, and more than once.</summary>
    /// <param name="position">Bytes of the ring before the end.</param>
    /// <param name="isFinished">True after FIN; false after a reset or the death of the producer.</param>
    internal abstract void OnEnded(long position, bool isFinished);
}
