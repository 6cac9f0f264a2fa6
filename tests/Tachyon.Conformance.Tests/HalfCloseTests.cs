using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Conformance.Tests;

/// <summary>A client of HTTP/1.1 that ends its sending direction: Kestrel takes it for a client that leaves, over any transport.</summary>
public sealed class HalfCloseTests
{
    private const string ClientClosed = "sending FIN because: \"The client closed the connection.\"";

    [Theory]
    [OverTransports(Spin = false, Mixed = false)]
    public async Task Truncated_request_is_answered_by_an_orderly_end(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server(WebEndpoints.Map));
        for (var round = 0; round < 10; round++)
        {
            await using var client = await Client.ConnectAsync(server);
            await client.SendAsync("POST /length HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\n0123456789");
            client.EndSending();

            // Not a reset.
            using var reader = new StreamReader(client.Stream, Encoding.ASCII);
            await reader.ReadToEndAsync().Within("the end of the connection");
        }

        if (transport.UsesSharedMemory())
        {
            await Watchdog.Until(
                () => server.Logs.Entries.Any(
                    static log => log.Category == "Tachyon.AspNetCore" && log.Message.Contains(ClientClosed, StringComparison.Ordinal)),
                "the log of the orderly end");
            Assert.Contains(server.Logs.Entries, static log => log.Category == "Tachyon.AspNetCore" && log.Event.Id == 6);
            Assert.DoesNotContain(server.Logs.Entries, static log => log.Category == "Tachyon.AspNetCore" && log.Event.Id == 101);
        }
    }

    [Theory]
    [OverTransports(Spin = false, Mixed = false)]
    public async Task Handler_that_reads_nothing_is_aborted(TransportKind transport)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var aborted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var server = await TestServer.StartAsync(transport, Server(app => app.MapGet("/wait", async (HttpContext context) =>
        {
            context.RequestAborted.Register(aborted.SetResult);
            started.SetResult();
            await aborted.Task;
        })));
        await using var client = await Client.ConnectAsync(server);
        await client.SendAsync("GET /wait HTTP/1.1\r\nHost: x\r\n\r\n");
        await started.Task.Within("the start of the handler");

        client.EndSending();

        await aborted.Task.Within("the handler's RequestAborted");
    }

    private static TestApplicationOptions Server(Action<WebApplication> application) => new()
    {
        Listen = static listen => listen.Protocols = HttpProtocols.Http1,
        Application = application,
    };

    /// <summary>A raw connection that can end one direction.</summary>
    private sealed class Client(Stream stream, Action endSending) : IAsyncDisposable
    {
        public Stream Stream => stream;

        public static async Task<Client> ConnectAsync(TestServer server)
        {
            if (server.Kind.UsesSharedMemory())
            {
                var connection = await TachyonConnection.ConnectAsync(server.Path);
                return new Client(connection.GetStream(), connection.CompleteOutput);
            }

            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(server.Path));
            return new Client(new NetworkStream(socket, ownsSocket: true), () => socket.Shutdown(SocketShutdown.Send));
        }

        public Task SendAsync(string text) => stream.WriteAsync(Encoding.ASCII.GetBytes(text)).Within("the request");

        public void EndSending() => endSending();

        public ValueTask DisposeAsync() => stream.DisposeAsync();
    }
}
