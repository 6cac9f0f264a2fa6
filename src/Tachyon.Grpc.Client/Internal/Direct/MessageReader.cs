using System.Buffers;
using System.Buffers.Binary;
using Grpc.Core;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>Gives a received message to its deserializer.</summary>
/// <remarks>Not thread-safe. For one message at a time.</remarks>
internal sealed class MessageReader : DeserializationContext
{
    private ReadOnlyMemory<byte> _payload;

    public override int PayloadLength => _payload.Length;

    public override byte[] PayloadAsNewBuffer() => _payload.ToArray();

    public override ReadOnlySequence<byte> PayloadAsReadOnlySequence() => new(_payload);

    /// <summary>Reads a whole body, which has one message, or none.</summary>
    /// <param name="body">Private memory, valid during the call.</param>
    /// <param name="encoding">That of the response; null for none.</param>
    /// <param name="deserialize">Code of the caller.</param>
    /// <returns>Null without a message.</returns>
    /// <exception cref="InvalidDataException">It is no message, or not all of one.</exception>
    /// <exception cref="RpcException">It is compressed: the request has not allowed that.</exception>
    internal T? Read<T>(ReadOnlyMemory<byte> body, string? encoding, Func<DeserializationContext, T> deserialize)
        where T : class
    {
        if (body.IsEmpty)
        {
            return null;
        }

        if (body.Length < MessageWriter.PrefixSize)
        {
            throw new InvalidDataException("Unexpected end of content while reading the message header.");
        }

        var flag = body.Span[0];
        if (flag > 1)
        {
            throw new InvalidDataException("Unexpected compressed flag value in message header.");
        }

        var length = LengthOf(body.Span);
        if (length > int.MaxValue)
        {
            throw new InvalidDataException("Message too large.");
        }

        if (body.Length < MessageWriter.PrefixSize + length)
        {
            throw new InvalidDataException("Unexpected end of content while reading the message content.");
        }

        if (flag == 1)
        {
            throw new RpcException(encoding is null or "identity"
                ? new Status(StatusCode.Internal, "Request sent 'identity' grpc-encoding value with compressed message.")
                : new Status(StatusCode.Unimplemented, $"Unsupported grpc-encoding value '{encoding}'. Supported encodings: identity"));
        }

        _payload = body[MessageWriter.PrefixSize..];
        try
        {
            return deserialize(this);
        }
        finally
        {
            _payload = default;
        }
    }

    /// <summary>The length of a message, from the five bytes before it.</summary>
    internal static uint LengthOf(ReadOnlySpan<byte> body) => BinaryPrimitives.ReadUInt32BigEndian(body[1..]);
}
