using Grpc.Core;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>The four kinds of call do what they do over any transport.</summary>
public sealed class CallKindTests
{
    private const int Messages = 20;
    private const int Size = 3_000;

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Unary_call_returns_what_was_sent(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(7, Size)).ResponseAsync.Within("the reply");

        PayloadAssert.Is(reply, 7, Size);
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Blocking_unary_call_returns_what_was_sent(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        // The synchronous stub blocks the thread that calls it: the transport must make progress on others.
        var reply = await Task.Run(() => echo.Unary(Content.Create(8, Size))).Within("the blocking call");

        PayloadAssert.Is(reply, 8, Size);
    }

    [Theory]
    [OverTransports]
    public async Task Client_stream_arrives_complete_and_in_order(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = new Echo.EchoClient(channel).Collect();
        for (var index = 0; index < Messages; index++)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, Size)).Within($"write {index}");
        }

        await call.RequestStream.CompleteAsync().Within("the end of the client's stream");

        PayloadAssert.Is(await call.ResponseAsync.Within("the summary"), Messages, Size);
    }

    [Theory]
    [OverTransports]
    public async Task Server_stream_arrives_complete_and_in_order(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = new Echo.EchoClient(channel).Expand(new ExpandRequest { Messages = Messages, Size = Size });
        for (var index = 0; index < Messages; index++)
        {
            Assert.True(await call.ResponseStream.MoveNext().Within($"message {index}"), $"The stream ended before message {index}.");
            PayloadAssert.Is(call.ResponseStream.Current, index, Size);
        }

        Assert.False(await call.ResponseStream.MoveNext().Within("the end of the server's stream"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [OverTransports]
    public async Task Duplex_stream_answers_each_message_before_the_next(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = new Echo.EchoClient(channel).Duplex();
        for (var index = 0; index < Messages; index++)
        {
            await call.RequestStream.WriteAsync(Content.Create(index, Size)).Within($"write {index}");
            Assert.True(await call.ResponseStream.MoveNext().Within($"answer {index}"), $"The stream ended before answer {index}.");
            PayloadAssert.Is(call.ResponseStream.Current, index, Size);
        }

        await call.RequestStream.CompleteAsync().Within("the end of the client's stream");
        Assert.False(await call.ResponseStream.MoveNext().Within("the end of the server's stream"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
    }

    [Theory]
    [OverTransports]
    public async Task Empty_streams_are_calls_too(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var echo = new Echo.EchoClient(channel);

        using var collect = echo.Collect();
        await collect.RequestStream.CompleteAsync().Within("the end of an empty stream");
        PayloadAssert.Is(await collect.ResponseAsync.Within("the summary of an empty stream"), 0, 0);

        using var expand = echo.Expand(new ExpandRequest());
        Assert.False(await expand.ResponseStream.MoveNext().Within("the end of an empty server stream"));

        using var duplex = echo.Duplex();
        await duplex.RequestStream.CompleteAsync().Within("the end of an empty duplex stream");
        Assert.False(await duplex.ResponseStream.MoveNext().Within("the server's end of an empty duplex stream"));
    }

    [Theory]
    [OverTransports]
    public async Task Calls_travel_over_http2(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        var reply = await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("the reply");

        Assert.Equal("HTTP/2", reply.HttpProtocol);
    }
}
