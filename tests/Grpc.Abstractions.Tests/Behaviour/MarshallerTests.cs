using System.Buffers;
using System.Text;
using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class MarshallerTests
{
    [Fact]
    public void A_method_has_the_path_of_its_service_and_name()
    {
        Assert.Equal("/package.Service/Name", Calls.Method.FullName);
        Assert.Equal("package.Service", Calls.Method.ServiceName);
        Assert.Equal("Name", Calls.Method.Name);
        Assert.Equal(MethodType.Unary, Calls.Method.Type);
    }

    [Fact]
    public void Strings_are_marshalled_as_utf8()
    {
        Assert.Equal("é"u8.ToArray(), Marshallers.StringMarshaller.Serializer("é"));
        Assert.Equal("é", Marshallers.StringMarshaller.Deserializer("é"u8.ToArray()));
    }

    [Fact]
    public void Functions_over_arrays_serve_contexts()
    {
        var context = new TestSerializationContext();
        Marshallers.StringMarshaller.ContextualSerializer("text", context);

        Assert.Equal("text"u8.ToArray(), context.Payload);
        Assert.Equal("text", Marshallers.StringMarshaller.ContextualDeserializer(new TestDeserializationContext("text"u8.ToArray())));
    }

    [Theory]
    [InlineData("")]
    [InlineData("text")]
    public void Functions_over_contexts_serve_arrays(string text)
    {
        var marshaller = Marshallers.Create<string>(
            (value, context) =>
            {
                var bytes = Encoding.UTF8.GetBytes(value);
                context.SetPayloadLength(bytes.Length);
                context.GetBufferWriter().Write(bytes);
                context.Complete();
            },
            context =>
            {
                Assert.Equal(text.Length, context.PayloadLength);
                return Encoding.UTF8.GetString(context.PayloadAsReadOnlySequence());
            });

        Assert.Equal(text, marshaller.Deserializer(marshaller.Serializer(text)));
    }

    [Fact]
    public void An_array_context_wants_to_be_completed_once()
    {
        var forgets = Marshallers.Create<string>((_, _) => { }, _ => "");
        var repeats = Marshallers.Create<string>(
            (_, context) =>
            {
                context.Complete([1]);
                context.Complete([2]);
            },
            _ => "");

        Assert.Throws<InvalidOperationException>(() => forgets.Serializer(""));
        Assert.Throws<InvalidOperationException>(() => repeats.Serializer(""));
    }

    [Fact]
    public void A_deserializer_owns_the_buffer_it_asks_for()
    {
        var marshaller = Marshallers.Create<byte[]>(
            (value, context) => context.Complete(value),
            context => context.PayloadAsNewBuffer());
        byte[] payload = [1, 2];

        marshaller.Deserializer(payload)[0] = 9;

        Assert.Equal([1, 2], payload);
    }

    private sealed class TestSerializationContext : SerializationContext
    {
        public byte[]? Payload { get; private set; }

        public override void Complete(byte[] payload) => Payload = payload;
    }

    private sealed class TestDeserializationContext(byte[] payload) : DeserializationContext
    {
        public override int PayloadLength => payload.Length;

        public override byte[] PayloadAsNewBuffer() => payload;
    }
}
