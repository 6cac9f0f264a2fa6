using System.Buffers;
using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>
/// Serializes and deserializes messages. It is made from functions of one of two styles, over byte arrays or over
/// contexts, and offers both.
/// </summary>
/// <typeparam name="T">The type of the messages.</typeparam>
public class Marshaller<T>
{
    /// <summary>Creates a marshaller from functions over byte arrays.</summary>
    public Marshaller(Func<T, byte[]> serializer, Func<byte[], T> deserializer)
    {
        Serializer = GrpcPreconditions.CheckNotNull(serializer, nameof(serializer));
        Deserializer = GrpcPreconditions.CheckNotNull(deserializer, nameof(deserializer));
        ContextualSerializer = (message, context) => context.Complete(serializer(message));
        ContextualDeserializer = context => deserializer(context.PayloadAsNewBuffer());
    }

    /// <summary>Creates a marshaller from functions over contexts.</summary>
    public Marshaller(Action<T, SerializationContext> serializer, Func<DeserializationContext, T> deserializer)
    {
        ContextualSerializer = GrpcPreconditions.CheckNotNull(serializer, nameof(serializer));
        ContextualDeserializer = GrpcPreconditions.CheckNotNull(deserializer, nameof(deserializer));
        Serializer = message =>
        {
            var context = new ArraySerializationContext();
            serializer(message, context);
            return context.Payload;
        };
        Deserializer = payload => deserializer(new ArrayDeserializationContext(payload));
    }

    /// <summary>Serializes to an array.</summary>
    public Func<T, byte[]> Serializer { get; }

    /// <summary>Deserializes from an array.</summary>
    public Func<byte[], T> Deserializer { get; }

    /// <summary>Serializes to a context.</summary>
    public Action<T, SerializationContext> ContextualSerializer { get; }

    /// <summary>Deserializes from a context.</summary>
    public Func<DeserializationContext, T> ContextualDeserializer { get; }

    private sealed class ArraySerializationContext : SerializationContext
    {
        private ArrayBufferWriter<byte>? _writer;
        private int _length;
        private byte[]? _payload;

        public byte[] Payload
        {
            get
            {
                GrpcPreconditions.CheckState(_payload is not null, "The serializer has not completed its context.");
                return _payload!;
            }
        }

        public override void SetPayloadLength(int payloadLength) => _length = payloadLength;

        public override IBufferWriter<byte> GetBufferWriter() =>
            _writer ??= _length > 0 ? new ArrayBufferWriter<byte>(_length) : new ArrayBufferWriter<byte>();

        public override void Complete() => Complete(_writer is null ? [] : _writer.WrittenSpan.ToArray());

        public override void Complete(byte[] payload)
        {
            GrpcPreconditions.CheckState(_payload is null, "The context is complete already.");
            _payload = payload;
        }
    }

    private sealed class ArrayDeserializationContext(byte[] payload) : DeserializationContext
    {
        private readonly byte[] _payload = GrpcPreconditions.CheckNotNull(payload, nameof(payload));

        public override int PayloadLength => _payload.Length;

        // A copy, because the array belongs to whoever passed it in.
        public override byte[] PayloadAsNewBuffer() => (byte[])_payload.Clone();

        public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(_payload);
    }
}
