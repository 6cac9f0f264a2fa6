using System.Buffers;

namespace Grpc.Core;

/// <summary>Gives the serialized form of a message. To be read once.</summary>
public abstract class DeserializationContext
{
    /// <summary>The length of the payload in bytes.</summary>
    public abstract int PayloadLength { get; }

    /// <summary>The payload in a new array, which belongs to the caller.</summary>
    public virtual byte[] PayloadAsNewBuffer() => throw new NotImplementedException();

    /// <summary>The payload without a copy where there is a way; only valid until the deserializer returns.</summary>
    public virtual ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(PayloadAsNewBuffer());
}
