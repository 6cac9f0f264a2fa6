using Grpc.Abstractions.Tests.Echo;
using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Grpc.Abstractions.Tests.EndToEnd;

/// <summary>
/// Grpc.Net.Client and Grpc.AspNetCore.Server, as published, on the assemblies of this repository: the proof that they
/// bind to them and find the behaviour they rely on.
/// </summary>
public sealed class EndToEndTests(EchoServer server) : IClassFixture<EchoServer>
{
    private static readonly string LongText = new('a', 10_000);

    [Fact]
    public async Task A_unary_call_is_answered()
    {
        using var channel = server.CreateChannel();
        using var call = new EchoService.EchoServiceClient(channel).UnaryAsync(new EchoRequest { Text = "hello" });

        Assert.Equal("hello", (await call).Text);
        Assert.Equal(Status.DefaultSuccess, call.GetStatus());
        Assert.Equal("unary", call.GetTrailers().GetValue("intercepted"));
    }

    [Fact]
    public void A_blocking_unary_call_is_answered()
    {
        using var channel = server.CreateChannel();

        Assert.Equal("hello", new EchoService.EchoServiceClient(channel).Unary(new EchoRequest { Text = "hello" }).Text);
    }

    [Fact]
    public async Task A_client_streaming_call_is_answered()
    {
        using var channel = server.CreateChannel();
        using var call = new EchoService.EchoServiceClient(channel).ClientStreaming();
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = text });
        }

        await call.RequestStream.CompleteAsync();

        Assert.Equal("a,b,c", (await call).Text);
        Assert.Equal("client", call.GetTrailers().GetValue("intercepted"));
    }

    [Fact]
    public async Task A_server_streaming_call_is_answered()
    {
        using var channel = server.CreateChannel();
        using var call = new EchoService.EchoServiceClient(channel).ServerStreaming(new EchoRequest { Text = "r", Count = 3 });

        Assert.Equal(["r0", "r1", "r2"], await TextsOf(call.ResponseStream));
        Assert.Equal("server", call.GetTrailers().GetValue("intercepted"));
    }

    [Fact]
    public async Task A_duplex_streaming_call_is_answered_message_by_message()
    {
        using var channel = server.CreateChannel();
        using var call = new EchoService.EchoServiceClient(channel).DuplexStreaming();
        foreach (var text in new[] { "a", "b", "c" })
        {
            await call.RequestStream.WriteAsync(new EchoRequest { Text = text }, CancellationToken.None);
            Assert.True(await call.ResponseStream.MoveNext());
            Assert.Equal(text, call.ResponseStream.Current.Text);
        }

        await call.RequestStream.CompleteAsync();

        Assert.False(await call.ResponseStream.MoveNext());
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        Assert.Equal("duplex", call.GetTrailers().GetValue("intercepted"));
    }

    [Fact]
    public async Task Metadata_travels_both_ways()
    {
        using var channel = server.CreateChannel();
        var headers = new Metadata { { "X-First", "one" }, { "x-second", "two" }, { "x-blob-bin", [1, 0, 255] } };
        using var call = new EchoService.EchoServiceClient(channel).UnaryAsync(new EchoRequest { Text = "headers" }, headers);

        var responseHeaders = await call.ResponseHeadersAsync;
        await call;
        var trailers = call.GetTrailers();

        Assert.Equal("one", responseHeaders.GetValue("x-first"));
        Assert.Equal("two", responseHeaders.GetValue("x-second"));
        Assert.Equal([1, 0, 255], responseHeaders.GetValueBytes("x-blob-bin"));
        Assert.Equal("one", trailers.GetValue("x-first"));
        Assert.Equal("two", trailers.GetValue("x-second"));
        Assert.Equal([1, 0, 255], trailers.GetValueBytes("x-blob-bin"));
    }

    [Fact]
    public async Task Gzip_compresses_both_ways()
    {
        var probe = new HttpHeaderProbe();
        using var channel = server.CreateChannel(probe: probe);
        var headers = new Metadata { { "grpc-internal-encoding-request", "gzip" } };

        var reply = await new EchoService.EchoServiceClient(channel).UnaryAsync(new EchoRequest { Text = LongText }, headers);

        Assert.Equal(LongText, reply.Text);
        Assert.Equal("gzip", probe.RequestEncoding);
        Assert.Equal("gzip", probe.ResponseEncoding);
    }

    [Fact]
    public async Task Credentials_of_the_channel_and_of_the_call_authenticate_it()
    {
        var ofChannel = CallCredentials.FromInterceptor((_, metadata) =>
        {
            metadata.Add("x-channel", "yes");
            return Task.CompletedTask;
        });
        AuthInterceptorContext? asked = null;
        var ofCall = CallCredentials.Compose(
            CallCredentials.FromInterceptor(async (context, metadata) =>
            {
                await Task.Yield();
                asked = context;
                metadata.Add("Authorization", "Bearer token");
            }),
            CallCredentials.FromInterceptor((_, metadata) =>
            {
                metadata.Add("x-second", "yes");
                return Task.CompletedTask;
            }));
        using var channel = server.CreateChannel(ChannelCredentials.Create(ChannelCredentials.Insecure, ofChannel));
        var client = new EchoService.EchoServiceClient(channel);
        var options = new CallOptions(credentials: ofCall);

        var reply = await client.UnaryAsync(new EchoRequest { Text = "authorization" }, options);
        using var call = client.UnaryAsync(new EchoRequest { Text = "headers" }, options);
        var headers = await call.ResponseHeadersAsync;

        Assert.Equal("Bearer token", reply.Text);
        Assert.Equal("yes", headers.GetValue("x-channel"));
        Assert.Equal("yes", headers.GetValue("x-second"));
        Assert.Equal("Unary", asked!.MethodName);
        Assert.EndsWith("/tachyon.abstractions.tests.EchoService", asked.ServiceUrl, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_thrown_status_arrives_with_its_trailers()
    {
        using var channel = server.CreateChannel();
        var client = new EchoService.EchoServiceClient(channel);

        var e = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new EchoRequest { Text = "fail" }));

        Assert.Equal(StatusCode.NotFound, e.StatusCode);
        Assert.Equal("no such echo", e.Status.Detail);
        Assert.Equal("Status(StatusCode=\"NotFound\", Detail=\"no such echo\")", e.Message);
        Assert.Equal("why", e.Trailers.GetValue("x-text"));
        Assert.Equal([0, 255, 7], e.Trailers.GetValueBytes("x-blob-bin"));
    }

    [Theory]
    [InlineData("status", StatusCode.DataLoss)]
    [InlineData("throw", StatusCode.Unknown)]
    public async Task Other_failures_arrive_as_their_status(string text, StatusCode expected)
    {
        using var channel = server.CreateChannel();
        var client = new EchoService.EchoServiceClient(channel);

        var e = await Assert.ThrowsAsync<RpcException>(async () => await client.UnaryAsync(new EchoRequest { Text = text }));

        Assert.Equal(expected, e.StatusCode);
    }

    [Fact]
    public async Task A_deadline_ends_a_call()
    {
        using var channel = server.CreateChannel();
        var client = new EchoService.EchoServiceClient(channel);

        var e = await Assert.ThrowsAsync<RpcException>(async () =>
            await client.UnaryAsync(new EchoRequest { Text = "wait" }, deadline: DateTime.UtcNow.AddMilliseconds(200)));

        Assert.Equal(StatusCode.DeadlineExceeded, e.StatusCode);
    }

    [Fact]
    public async Task Disposing_a_call_cancels_it()
    {
        using var channel = server.CreateChannel();
        var call = new EchoService.EchoServiceClient(channel).UnaryAsync(new EchoRequest { Text = "wait" });

        call.Dispose();
        var e = await Assert.ThrowsAsync<RpcException>(async () => await call);

        Assert.Equal(StatusCode.Cancelled, e.StatusCode);
    }

    [Fact]
    public async Task The_server_knows_the_method_and_that_there_is_no_deadline()
    {
        using var channel = server.CreateChannel();

        var reply = await new EchoService.EchoServiceClient(channel).UnaryAsync(new EchoRequest { Text = "context" });

        Assert.Equal("/tachyon.abstractions.tests.EchoService/Unary True", reply.Text);
    }

    [Fact]
    public async Task Client_interceptors_stand_before_a_channel()
    {
        using var channel = server.CreateChannel();
        var client = new EchoService.EchoServiceClient(channel.Intercept(headers =>
        {
            headers.Add("x-added", "yes");
            return headers;
        }));

        using var call = client.UnaryAsync(new EchoRequest { Text = "headers" });

        Assert.Equal("yes", (await call.ResponseHeadersAsync).GetValue("x-added"));
    }

    private static async Task<List<string>> TextsOf(IAsyncStreamReader<EchoReply> stream)
    {
        var texts = new List<string>();
        await foreach (var reply in stream.ReadAllAsync())
        {
            texts.Add(reply.Text);
        }

        return texts;
    }
}
