using System.Text;
using Grpc.Core;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>A handler's status reaches the client as it was set: code, detail and trailers.</summary>
public sealed class StatusTests
{
    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Every_status_code_arrives_with_its_detail(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var client = new Outcome.OutcomeClient(channel);

        foreach (var code in Enum.GetValues<StatusCode>().Where(static code => code != StatusCode.OK))
        {
            var request = new OutcomeRequest { Status = (int)code, Detail = $"because of {code}" };
            var exception = await CallAssert.FailsAsync(client.UnaryAsync(request).ResponseAsync, $"the {code} call", code);
            Assert.Equal(request.Detail, exception.Status.Detail);
        }
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Detail_survives_any_text(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var detail = "100 % größer, 日本語, \t tab,\r\n two lines " + new string('x', 3_000);

        var call = new Outcome.OutcomeClient(channel)
            .UnaryAsync(new OutcomeRequest { Status = (int)StatusCode.DataLoss, Detail = detail });
        var exception = await CallAssert.FailsAsync(call.ResponseAsync, "the call", StatusCode.DataLoss);

        Assert.Equal(detail, exception.Status.Detail);
    }

    [Theory]
    [OverTransports(CallKind.Unary, CallKind.ClientStream, CallKind.ServerStream, CallKind.Duplex, Invoker = true)]
    public async Task Failed_call_carries_the_trailers_of_every_kind(TransportKind transport, CallKind kind)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var client = new Outcome.OutcomeClient(channel);
        var headers = new Metadata
        {
            { MetadataEcho.TrailerPrefix + "reason", "out of stock" },
            { MetadataEcho.TrailerPrefix + "grpc-status-details-bin", Encoding.UTF8.GetBytes("rich details") },
        };

        // Streams to the client deliver what was written before they fail.
        var request = new OutcomeRequest { Status = (int)StatusCode.FailedPrecondition, Detail = "no", Messages = 3 };
        var received = 0;
        var exception = await CallAssert.FailsAsync(
            CallAsync(), $"the {kind} call", StatusCode.FailedPrecondition);

        Assert.Equal("no", exception.Status.Detail);
        Assert.Equal("out of stock", exception.Trailers.GetValue(MetadataEcho.TrailerPrefix + "reason"));
        Assert.Equal(
            "rich details"u8.ToArray(), exception.Trailers.GetValueBytes(MetadataEcho.TrailerPrefix + "grpc-status-details-bin"));
        Assert.Equal(kind is CallKind.ServerStream or CallKind.Duplex ? 3 : 0, received);

        async Task CallAsync()
        {
            switch (kind)
            {
                case CallKind.Unary:
                    await client.UnaryAsync(request, headers);
                    break;
                case CallKind.ClientStream:
                    using (var call = client.ClientStream(headers))
                    {
                        await call.RequestStream.WriteAsync(request);
                        await call.ResponseAsync;
                    }

                    break;
                case CallKind.ServerStream:
                    using (var call = client.ServerStream(request, headers))
                    {
                        await ReadAsync(call.ResponseStream);
                    }

                    break;
                case CallKind.Duplex:
                    using (var call = client.Duplex(headers))
                    {
                        await call.RequestStream.WriteAsync(request);
                        await ReadAsync(call.ResponseStream);
                    }

                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null);
            }
        }

        async Task ReadAsync(IAsyncStreamReader<Payload> responses)
        {
            await foreach (var payload in responses.ReadAllAsync())
            {
                Assert.Equal(received++, payload.Index);
            }
        }
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Unknown_method_is_unimplemented(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var marshaller = Marshallers.Create(static (byte[] value) => value, static value => value);
        var method = new Method<byte[], byte[]>(MethodType.Unary, "tachyon.test.Echo", "Missing", marshaller, marshaller);

        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method, host: null, default, []);

        await CallAssert.FailsAsync(call.ResponseAsync, "the call of a method that is not there", StatusCode.Unimplemented);
    }
}
