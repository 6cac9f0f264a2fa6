using System.Buffers;

namespace Grpc.Core;

/// <summary>
/// Takes the serialized form of a message: either as one array, with <see cref="Complete(byte[])" />, or through
/// <see cref="GetBufferWriter" /> and then <see cref="Complete()" />.
/// </summary>
public abstract class SerializationContext
{
    /// <summary>The payload is this array, which the context owns from here on.</summary>
    public virtual void Complete(byte[] payload) => throw new NotImplementedException();

    /// <summary>The writer that takes the payload.</summary>
    public virtual IBufferWriter<byte> GetBufferWriter() => throw new NotImplementedException();

    /// <summary>
    /// Announces the length of what will be written. Optional, and a hint that a context need not use; it has to be exact.
    /// </summary>
    public virtual void SetPayloadLength(int payloadLength)
    {
    }

    /// <summary>The payload is what was written to the writer.</summary>
    public virtual void Complete() => throw new NotImplementedException();
}
