using System.Net.Sockets;
using System.Text;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Interop.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Interop.Tests;

/// <summary>
/// The first bytes tell the endpoint who calls: what if they come slowly, not at all, or with the end of the connection. The same over
/// Kestrel's own Unix socket is the reference.
/// </summary>
public sealed class FirstBytesTests
{
    private const int Dripping = 60;

    /// <summary>What a client may have sent when it leaves; "T" is how our own hello begins as well.</summary>
    private static readonly string[] s_beginnings = ["", "P", "T", "TR", "TACH", "PRI * HT", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "GET / HTTP/1.1\r\n", "\x16\x03\x01"];

    [Theory]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public async Task Grpc_calls_begin_one_byte_at_a_time(TransportKind endpoint)
    {
        await using var server = await OpenServer.StartAsync(endpoint, new TestApplicationOptions());
        using var ours = server.CreateChannel();
        await using var neighbor = await BackgroundClient.StartAsync(ours);
        using var channel = TestTransport.CreateChannel(DrippingHandler(server));

        await AssertCallsAsync(channel);

        await neighbor.StopAsync();
    }

    [Theory]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public async Task Tls_begins_one_byte_at_a_time(TransportKind endpoint)
    {
        await using var server = await OpenServer.StartAsync(
            endpoint, new TestApplicationOptions { Listen = listen => listen.UseHttps(TestCertificate.Value) });
        using var ours = server.CreateChannel(tls: true);
        await using var neighbor = await BackgroundClient.StartAsync(ours);
        using var channel = TestTransport.CreateChannel(
            TestCertificate.Trust(DrippingHandler(server)), address: TestTransport.SecureAddress);

        await AssertCallsAsync(channel);

        await neighbor.StopAsync();
    }

    // TRACE is the one method that begins as our own hello does.
    [Theory]
    [InlineData(TransportKind.UnixSocket, "GET")]
    [InlineData(TransportKind.Adaptive, "GET")]
    [InlineData(TransportKind.UnixSocket, "TRACE")]
    [InlineData(TransportKind.Adaptive, "TRACE")]
    public async Task Http1_requests_begin_one_byte_at_a_time(TransportKind endpoint, string method)
    {
        await using var server = await OpenServer.StartAsync(
            endpoint, new TestApplicationOptions { Listen = static listen => listen.Protocols = HttpProtocols.Http1 });
        await using var stream = await DrippingStream.ConnectAsync(server.Path, Dripping);

        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{method} /hello HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")).Within();

        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync().Within("the answer and the end of the connection");
        Assert.StartsWith("HTTP/1.1 200 OK", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TransportKind.UnixSocket)]
    [InlineData(TransportKind.Adaptive)]
    public async Task Clients_that_leave_at_once_leave_nothing_behind(TransportKind endpoint)
    {
        await using var server = await ServerProcess.StartAsync(endpoint);
        using var ours = server.CreateChannel();
        await using var neighbor = await BackgroundClient.StartAsync(ours);
        await LeaveAsync(server.Path, times: 1);
        var before = await ResourceSnapshot.SettledAsync(server.Id);

        await LeaveAsync(server.Path, times: 20);

        // A lone "T" says no more when its sender has left: its place is free when the time for the handshake is over.
        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
        await neighbor.StopAsync();
        using var channel = new UnixSocketTransport().CreateChannel(server.Path);
        await AssertCallsAsync(channel);
    }

    [Fact]
    public async Task Silent_clients_do_not_delay_others_and_are_disconnected()
    {
        await using var server = await OpenServer.StartAsync(
            TransportKind.Adaptive, OpenServer.WithHandshakeTimeout(TimeSpan.FromSeconds(2)));
        List<Socket> silent = [];
        try
        {
            for (var index = 0; index < 100; index++)
            {
                var socket = await PlainSocket.ConnectAsync(server.Path);
                silent.Add(socket);

                // Half of them leave it open whether they are ours.
                await socket.SendAsync(Encoding.ASCII.GetBytes(index % 2 == 0 ? "" : "T"));
            }

            using (var ours = server.CreateChannel())
            using (var ordinary = new UnixSocketTransport().CreateChannel(server.Path))
            {
                await AssertCallsAsync(ours);
                await AssertCallsAsync(ordinary);
            }

            foreach (var socket in silent)
            {
                await AssertEndsAsync(socket);
            }
        }
        finally
        {
            silent.ForEach(static socket => socket.Dispose());
        }
    }

    private static SocketsHttpHandler DrippingHandler(OpenServer server) => new()
    {
        ConnectCallback = async (_, cancellationToken) => await DrippingStream.ConnectAsync(server.Path, Dripping, cancellationToken),
    };

    private static async Task LeaveAsync(string path, int times)
    {
        for (var index = 0; index < times; index++)
        {
            foreach (var beginning in s_beginnings)
            {
                using var socket = await PlainSocket.ConnectAsync(path);
                await socket.SendAsync(Encoding.Latin1.GetBytes(beginning)).Within();
            }
        }
    }

    private static async Task AssertEndsAsync(Socket socket)
    {
        try
        {
            Assert.Equal(0, await socket.ReceiveAsync(new byte[1]).Within("the end of a silent connection"));
        }
        catch (SocketException exception)
        {
            // What the kernel says when the other side closed without having read everything.
            Assert.Equal(SocketError.ConnectionReset, exception.SocketErrorCode);
        }
    }

    private static async Task AssertCallsAsync(GrpcChannel channel)
    {
        var echo = new Echo.EchoClient(channel);
        for (var index = 0; index < 5; index++)
        {
            Assert.Null(Content.Difference(await echo.UnaryAsync(Content.Create(index, 100_000)).ResponseAsync.Within("a call"), index, 100_000));
        }
    }
}
