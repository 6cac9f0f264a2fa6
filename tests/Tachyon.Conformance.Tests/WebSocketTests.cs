using System.Net.WebSockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>WebSockets over HTTP/1.1: the application reads Kestrel's pipe itself, and Kestrel cancels its reads when it stops.</summary>
public sealed class WebSocketTests
{
    private static TestApplicationOptions Server => new()
    {
        Listen = static listen => listen.Protocols = HttpProtocols.Http1,
        Application = static app =>
        {
            app.UseWebSockets();
            app.Map("/echo", EchoAsync);
        },
    };

    [Theory]
    [OverTransports]
    public async Task Receive_that_waits_while_the_server_stops_still_gets_its_message(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using var invoker = new HttpMessageInvoker(server.CreateHandler());
        using var client = new ClientWebSocket();
        await client.ConnectAsync(new Uri("ws://localhost/echo"), invoker, CancellationToken.None).Within("the connection");
        Assert.Equal("before", await ExchangeAsync(client, "before"));

        var stopping = server.StopAsync();
        await Watchdog.Until(() => server.Lifetime.ApplicationStopping.IsCancellationRequested, "the beginning of the stop");

        Assert.Equal("during", await ExchangeAsync(client, "during"));
        await client.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None).Within("the closing handshake");
        Assert.Equal(WebSocketState.Closed, client.State);
        await stopping.Within("the stop of the server");
    }

    private static async Task<string> ExchangeAsync(ClientWebSocket client, string text)
    {
        await client.SendAsync(
            Encoding.UTF8.GetBytes(text), WebSocketMessageType.Text, endOfMessage: true, CancellationToken.None).Within("a message");
        var buffer = new byte[100];
        var received = await client.ReceiveAsync(buffer, CancellationToken.None).Within("its echo");
        return Encoding.UTF8.GetString(buffer, 0, received.Count);
    }

    private static async Task EchoAsync(HttpContext context)
    {
        using var socket = await context.WebSockets.AcceptWebSocketAsync();
        var buffer = new byte[100];
        while (true)
        {
            var received = await socket.ReceiveAsync(buffer, CancellationToken.None);
            if (received.MessageType == WebSocketMessageType.Close)
            {
                await socket.CloseAsync(WebSocketCloseStatus.NormalClosure, "done", CancellationToken.None);
                return;
            }

            await socket.SendAsync(buffer.AsMemory(0, received.Count), received.MessageType, received.EndOfMessage, CancellationToken.None);
        }
    }
}
