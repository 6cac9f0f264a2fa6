using System.Net;
using System.Net.WebSockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Connections;
using Microsoft.AspNetCore.Http.Connections.Client;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.SignalR;
using Microsoft.AspNetCore.SignalR.Client;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Microsoft.AspNetCore.SignalR.Client over WebSockets.</summary>
public sealed class SignalRTests
{
    [Theory]
    [EachTransport]
    public Task Hub_over_a_websocket_of_http1_answers_streams_and_calls_back(TransportKind kind)
        => UseHubAsync(kind, HttpProtocols.Http1, (options, server) =>
        {
            options.HttpMessageHandlerFactory = _ => server.CreateHandler();
            options.WebSocketFactory = (context, cancellationToken) => ConnectAsync(
                server, new ClientWebSocket(), context.Uri, cancellationToken);
        });

    [Theory]
    [EachTransport]
    public Task Hub_over_a_websocket_of_http2_answers_streams_and_calls_back(TransportKind kind)
        => UseHubAsync(kind, HttpProtocols.Http2, (options, server) =>
        {
            // The negotiation would be a request of HTTP/1.1.
            options.SkipNegotiation = true;
            options.WebSocketFactory = (context, cancellationToken) =>
            {
                var socket = new ClientWebSocket();
                socket.Options.HttpVersion = HttpVersion.Version20;
                socket.Options.HttpVersionPolicy = HttpVersionPolicy.RequestVersionExact;
                return ConnectAsync(server, socket, context.Uri, cancellationToken);
            };
        });

    private static async ValueTask<WebSocket> ConnectAsync(
        EcosystemServer server, ClientWebSocket socket, Uri address, CancellationToken cancellationToken)
    {
        // SignalR hands no handler to the WebSocket.
        await socket.ConnectAsync(address, new HttpMessageInvoker(server.CreateHandler()), cancellationToken);
        return socket;
    }

    private static async Task UseHubAsync(
        TransportKind kind, HttpProtocols protocols, Action<HttpConnectionOptions, EcosystemServer> configure)
    {
        await using var server = await EcosystemServer.StartAsync(
            kind, protocols, services => services.AddSignalR(), app => app.MapHub<ChatHub>("/chat"));
        await using var connection = new HubConnectionBuilder()
            .WithUrl(new Uri(TestTransport.Address, "/chat"), HttpTransportType.WebSockets, options => configure(options, server))
            .Build();
        var called = new TaskCompletionSource<string>(TaskCreationOptions.RunContinuationsAsynchronously);
        connection.On<string>("Said", said => called.TrySetResult(said));
        await connection.StartAsync().Within();

        // The longest message that a hub takes by default is 32 KiB.
        var text = string.Concat(Enumerable.Range(0, 3_000).Select(static number => $"{number} "));
        Assert.Equal(text, await connection.InvokeAsync<string>("Echo", text).Within());
        Assert.Equal(Enumerable.Range(0, 1_000), await ReadAsync(connection.StreamAsync<int>("Count", 1_000)).Within());
        await connection.InvokeAsync("Say", "hello").Within();
        Assert.Equal("hello", await called.Task.Within());
        await connection.StopAsync().Within();
    }

    private static async Task<List<int>> ReadAsync(IAsyncEnumerable<int> numbers)
    {
        var read = new List<int>();
        await foreach (var number in numbers)
        {
            read.Add(number);
        }

        return read;
    }

#pragma warning disable CA1822 // SignalR calls instance methods only.
    private sealed class ChatHub : Hub
    {
        public string Echo(string text) => text;

        public Task Say(string text) => Clients.All.SendAsync("Said", text);

        public async IAsyncEnumerable<int> Count(int count)
        {
            for (var number = 0; number < count; number++)
            {
                await Task.Yield();
                yield return number;
            }
        }
    }
#pragma warning restore CA1822
}
