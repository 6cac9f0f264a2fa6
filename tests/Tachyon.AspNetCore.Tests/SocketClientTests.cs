using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>
/// Clients that do not speak our handshake, at the path of a Tachyon endpoint. That they can do all that they can at Kestrel's own socket,
/// the suite shows by <see cref="TransportKind.SocketClient"/>; this is about the door.
/// </summary>
public sealed class SocketClientTests
{
    [Fact]
    public async Task Both_kinds_of_clients_call_at_one_path_and_the_service_knows_who_they_are()
    {
        var peers = new ConcurrentQueue<(TachyonPeer Peer, bool OverMemory)>();
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Application = app => app.Use((context, next) =>
            {
                peers.Enqueue(
                    (context.Features.Get<ITachyonPeerFeature>()!.Peer, context.Features.Get<ITachyonConnectionFeature>() is not null));
                return next(context);
            }),
        });
        using var ours = server.CreateChannel();
        using var ordinary = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);

        foreach (var channel in new ChannelBase[] { ours, ordinary, ours, ordinary })
        {
            var payload = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(7, 10_000)).ResponseAsync.Within("a call");
            PayloadAssert.Is(payload, 7, 10_000);
        }

        Assert.Equal([true, false, true, false], peers.Select(static seen => seen.OverMemory));
        Assert.All(peers, static seen => Assert.Equal(Environment.ProcessId, seen.Peer.ProcessId));
        Assert.Single(peers.Select(static seen => seen.Peer.UserId).Distinct());
    }

    [Fact]
    public async Task First_bytes_may_come_one_by_one()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, Http1);

        Assert.Contains("\r\nGET\r\n", await ExchangeAsync(server, "GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", split: 8), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(3)]
    public async Task Method_that_begins_as_our_hello_does_is_no_hello(int split)
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, Http1);

        Assert.Contains("\r\nTRACE\r\n", await ExchangeAsync(server, "TRACE / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", split), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Clients_that_disconnect_without_a_byte_do_not_affect_others()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        for (var index = 0; index < 50; index++)
        {
            using var socket = await ConnectAsync(server);
            if (index % 2 == 0)
            {
                await socket.SendAsync("PRI"u8.ToArray());
            }
        }

        using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call after them");
        Assert.DoesNotContain(server.Logs.Entries, static entry => entry.Event.Name == "ClientsRefused");
    }

    [Fact]
    public async Task Ordinary_clients_count_as_connections()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Services = static services => services.Configure<TachyonTransportOptions>(static options => options.MaxConnections = 1),
        });
        using (var first = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path))
        {
            await new Echo.EchoClient(first).UnaryAsync(new Payload()).ResponseAsync.Within("a call");
            foreach (var kind in new[] { TransportKind.UnixSocket, TransportKind.Adaptive })
            {
                using var second = TestTransport.For(kind).CreateChannel(server.Path);
                await CallAssert.FailsAsync(
                    new Echo.EchoClient(second).UnaryAsync(new Payload()).ResponseAsync, $"a call of one too many ({kind})", StatusCode.Unavailable, StatusCode.Internal);
            }
        }

        // After the name of the user was looked up.
        await Watchdog.Until(() => server.Logs.Entries.Any(static entry => entry.Event.Name == "ClientsRefused"), "the refusal in the log");

        // Its place is free again once its socket has ended.
        await Watchdog.Until(() => CanCall(server), "room for another client");
    }

    [Fact]
    public async Task Client_that_has_stopped_sending_counts_until_its_connection_has_ended()
    {
        var release = new TaskCompletionSource();
        var entered = new TaskCompletionSource();
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = static listen => listen.Protocols = HttpProtocols.Http1,
            Services = static services => services.Configure<TachyonTransportOptions>(static options => options.MaxConnections = 1),
            Application = app => app.Run(context =>
            {
                entered.TrySetResult();
                return release.Task;
            }),
        });
        using var half = await ConnectAsync(server);
        await half.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await entered.Task.Within("the request");
        half.Shutdown(SocketShutdown.Send);

        // Once the server knows of that end, its handler still runs: the next client is refused.
        await Watchdog.Until(() => server.Logs.Entries.Any(static entry => entry.Event.Name == "ConnectionReadFin"), "the end of the client's sending");
        using var second = await ConnectAsync(server);
        await second.SendAsync("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8.ToArray());
        await Watchdog.Until(() => server.Logs.Entries.Any(static entry => entry.Event.Name == "ClientsRefused"), "the refusal of one too many");

        release.SetResult();
        await Watchdog.Until(() => CanGet(server), "room for another client");
    }

    [Fact]
    public async Task Lone_first_byte_of_a_hello_gives_way_when_places_are_short()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Services = static services => services.Configure<TachyonTransportOptions>(static options =>
            {
                options.MaxPendingHandshakes = 1;
                options.HandshakeTimeout = TimeSpan.FromDays(1);
            }),
        });
        using var lone = await ConnectAsync(server);
        await lone.SendAsync("T"u8.ToArray());

        // The only place is taken until the lone one gives way.
        using var channel = server.CreateChannel();
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call of the next client");
    }

    /// <summary>Answers with the method: without its first byte it would be another one.</summary>
    private static TestApplicationOptions Http1 => new()
    {
        Listen = static listen => listen.Protocols = HttpProtocols.Http1,
        Application = static app => app.Run(static context => context.Response.WriteAsync(context.Request.Method)),
    };

    private static bool CanCall(TestServer server)
    {
        using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);
        try
        {
            new Echo.EchoClient(channel).Unary(new Payload());
            return true;
        }
        catch (RpcException exception) when (exception.StatusCode is StatusCode.Unavailable or StatusCode.Internal)
        {
            return false;
        }
    }

    private static bool CanGet(TestServer server)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(server.Path));
            socket.Send("GET / HTTP/1.1\r\nHost: x\r\n\r\n"u8);
            return socket.Receive(new byte[1]) == 1;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async Task<Socket> ConnectAsync(TestServer server)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.Path)).Within("a connection");
        return socket;
    }

    /// <summary>Sends the first <paramref name="split"/> bytes one by one, each when the server has looked at the one before.</summary>
    private static async Task<string> ExchangeAsync(TestServer server, string request, int split)
    {
        using var socket = await ConnectAsync(server);
        var bytes = Encoding.ASCII.GetBytes(request);
        for (var index = 0; index < split; index++)
        {
            await socket.SendAsync(bytes.AsMemory(index, 1));

            // Nothing tells when it has looked; the test passes whether it has or not.
            await Task.Delay(10);
        }

        await socket.SendAsync(bytes.AsMemory(split));
        using var reader = new StreamReader(new NetworkStream(socket), Encoding.ASCII);
        return await reader.ReadToEndAsync().Within("the answer");
    }
}
