using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>Takes a message from its serializer, into pooled memory, behind the five bytes that gRPC puts before it.</summary>
/// <remarks>Not thread-safe. For one message at a time.</remarks>
internal sealed class MessageWriter : SerializationContext, IBufferWriter<byte>
{
    internal const int PrefixSize = 5;

    private FrameBuffer _buffer;
    private int _maxSize;
    private bool _isComplete;

    /// <summary>The prefix and the message.</summary>
    /// <exception cref="InvalidOperationException">The serializer has not completed it.</exception>
    internal ReadOnlyMemory<byte> Written
        => _isComplete ? _buffer.WrittenMemory : throw new InvalidOperationException("Serialization did not return a payload.");

    /// <param name="maxSize">Bytes that a message may have.</param>
    internal void Begin(int maxSize)
    {
        _maxSize = maxSize;
        _isComplete = false;
        _buffer.Clear();
        _ = _buffer.GetMemory(PrefixSize);
        _buffer.Advance(PrefixSize);
    }

    internal void Release() => _buffer.Release();

    public override void SetPayloadLength(int payloadLength)
    {
        CheckSize(payloadLength);
        _ = _buffer.GetMemory(payloadLength);
    }

    public override IBufferWriter<byte> GetBufferWriter()
        => _isComplete ? throw new InvalidOperationException("The message is complete.") : this;

    public override void Complete()
    {
        var size = _buffer.Length - PrefixSize;
        CheckSize(size);
        var prefix = _buffer.WrittenMemory.Span;
        prefix[0] = 0;
        BinaryPrimitives.WriteInt32BigEndian(prefix[1..], size);
        _isComplete = true;
    }

    public override void Complete(byte[] payload)
    {
        CheckSize(payload.Length);
        GetBufferWriter().Write(payload);
        Complete();
    }

    void IBufferWriter<byte>.Advance(int count) => _buffer.Advance(count);

    // No hint still means: not empty.
    Memory<byte> IBufferWriter<byte>.GetMemory(int sizeHint) => _buffer.GetMemory(Math.Max(sizeHint, 1));

    Span<byte> IBufferWriter<byte>.GetSpan(int sizeHint) => _buffer.GetMemory(Math.Max(sizeHint, 1)).Span;

    private void CheckSize(int size)
    {
        if (size > _maxSize)
        {
            throw new RpcException(
                new Status(StatusCode.ResourceExhausted, "Sending message exceeds the maximum configured message size."));
        }
    }
}
