using Grpc.Core;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>A server that stops in order lets calls finish, and a channel outlives its server.</summary>
public sealed class ShutdownTests
{
    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Calls_in_flight_finish_while_the_server_stops(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        var calls = await HeldCall.OpenAllAsync(server, channel);
        using var conversation = new Echo.EchoClient(channel).Duplex();
        await ExchangeAsync(conversation, 1);

        var stopping = server.StopAsync();
        await Watchdog.Until(() => server.Lifetime.ApplicationStopping.IsCancellationRequested, "the beginning of the stop");

        // Still open, and still conversing.
        await ExchangeAsync(conversation, 2);
        Assert.False(stopping.IsCompleted);
        foreach (var call in calls)
        {
            Assert.False(call.Completion.IsCompleted, $"The {call.Kind} call ended: {call.Completion.Exception?.InnerException?.Message}");
            server.Probe.Call(call.Id).Release();
            await call.Completion.Within($"the {call.Kind} call that was in flight");
        }

        await ExchangeAsync(conversation, 3);
        await conversation.RequestStream.CompleteAsync().Within("the end of the conversation");
        Assert.False(await conversation.ResponseStream.MoveNext(CancellationToken.None).Within("the server's end of the conversation"));
        await stopping.Within("the stop of the server after the last call");
    }

    [Theory]
    [OverTransports]
    public async Task Channel_outlives_its_server(TransportKind transport)
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        using var channel = TestTransport.For(transport).CreateChannel(path);
        var echo = new Echo.EchoClient(channel);

        for (var generation = 0; generation < 3; generation++)
        {
            await using (await TestServer.StartAtAsync(transport, path))
            {
                PayloadAssert.Is(await echo.UnaryAsync(Content.Create(generation, 1000)).ResponseAsync.Within("a call"), generation, 1000);
            }

            // Internal: the call was given to the connection in the moment in which HttpClient heard the server's GOAWAY. Over any
            // transport.
            await CallAssert.FailsAsync(
                echo.UnaryAsync(new Payload()).ResponseAsync, "a call while there is no server", StatusCode.Unavailable, StatusCode.Internal);
        }
    }

    [Theory]
    [OverTransports]
    public async Task Server_stops_at_once_when_its_connections_are_idle(TransportKind transport)
    {
        var server = await TestServer.StartAsync(transport);
        await using (server)
        {
            using var channel = server.CreateChannel();
            await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

            // The channel keeps its connection open.
            await server.StopAsync().Within("the stop of a server with an idle connection");
        }

        Assert.False(File.Exists(server.Path));
    }

    private static async Task ExchangeAsync(AsyncDuplexStreamingCall<Payload, Payload> call, int index)
    {
        await call.RequestStream.WriteAsync(Content.Create(index, 100)).Within($"write {index}");
        Assert.True(await call.ResponseStream.MoveNext(CancellationToken.None).Within($"answer {index}"));
        PayloadAssert.Is(call.ResponseStream.Current, index, 100);
    }
}
