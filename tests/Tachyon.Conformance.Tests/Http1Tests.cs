using System.Globalization;
using System.Net;
using System.Text;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>
/// HTTP/1.1 uses a transport differently: it looks at bytes without consuming them, knows no windows, and one end may stop
/// reading for good. Back-pressure is the transport's own here.
/// </summary>
[Trait("Category", "Long")]
public sealed class Http1Tests
{
    private const int MiB = 1024 * 1024;

    private static TestApplicationOptions Server => new()
    {
        Listen = static listen => listen.Protocols = HttpProtocols.Http1,
        Application = WebEndpoints.Map,
    };

    [Theory]
    [OverTransports]
    public async Task Get_returns_the_page(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);

        Assert.Equal("hello over HTTP/1.1 http", await client.GetStringAsync("/hello").Within("the page"));
    }

    [Theory]
    [OverTransports(0, 1, 4_000, 65_536, 5_000_000)]
    public async Task Post_returns_what_was_uploaded(TransportKind transport, int size)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);
        var body = Content.Create(1, size).Data.ToByteArray();

        using var response = await client.PostAsync("/echo", new ByteArrayContent(body)).Within("the response");

        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        var received = await response.Content.ReadAsByteArrayAsync().Within("the body");
        Assert.True(body.AsSpan().SequenceEqual(received));
    }

    [Theory]
    [OverTransports]
    public async Task Chunked_upload_returns_chunked(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);
        var body = Content.Create(1, 300_000).Data.ToByteArray();
        using var request = new HttpRequestMessage(HttpMethod.Post, "/echo") { Content = new BlockContent([body, body, body]) };
        request.Headers.TransferEncodingChunked = true;

        using var response = await client.SendAsync(request).Within("the response");

        Assert.True(response.Headers.TransferEncodingChunked);
        var received = await response.Content.ReadAsByteArrayAsync().Within("the body");
        Assert.True(received.AsSpan().SequenceEqual([.. body, .. body, .. body]));
    }

    [Theory]
    [OverTransports]
    public async Task Requests_in_a_row_share_one_connection(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);
        var connections = new HashSet<string>();

        for (var size = 0; size < 300_000; size += 10_007)
        {
            using var response = await client.PostAsync("/length", new ByteArrayContent(new byte[size])).Within($"request of {size}");
            Assert.Equal(size.ToString(CultureInfo.InvariantCulture), await response.Content.ReadAsStringAsync().Within("the length"));
            connections.Add(response.Headers.GetValues(WebEndpoints.ConnectionHeader).Single());
        }

        Assert.Single(connections);
    }

    [Theory]
    [OverTransports]
    public async Task Requests_at_once_take_connections_of_their_own(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);

        var pages = await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => client.GetStringAsync("/hello"))).Within("20 pages at once");

        Assert.All(pages, static page => Assert.Equal("hello over HTTP/1.1 http", page));
    }

    [Theory]
    [OverTransports]
    public async Task Pipelined_requests_are_answered_in_their_order(TransportKind transport)
    {
        const int Requests = 50;
        await using var server = await TestServer.StartAsync(transport, Server);
        await using var connection = await RawConnection.OpenAsync(server);

        // All requests in one write: the server finds the next one behind the one that it parses.
        var requests = new StringBuilder();
        for (var index = 0; index < Requests; index++)
        {
            var close = index == Requests - 1 ? "Connection: close\r\n" : string.Empty;
            requests.Append(CultureInfo.InvariantCulture, $"POST /length HTTP/1.1\r\nHost: x\r\n{close}Content-Length: {index}\r\n\r\n")
                .Append('b', index);
        }

        await connection.Stream.WriteAsync(Encoding.ASCII.GetBytes(requests.ToString())).Within("the pipelined requests");

        // The last request closes the connection, so the answers end.
        using var reader = new StreamReader(connection.Stream, Encoding.ASCII);
        var answers = await reader.ReadToEndAsync().Within("the answers and the end of the connection");
        var lengths = answers.Split("HTTP/1.1 200 OK", StringSplitOptions.RemoveEmptyEntries).Select(BodyOf);
        Assert.Equal(Enumerable.Range(0, Requests), lengths);

        static int BodyOf(string answer)
        {
            // A body of one chunk, or of a content length: the number is on the line after the last header line, or one later.
            var lines = answer[(answer.IndexOf("\r\n\r\n", StringComparison.Ordinal) + 4)..].Split("\r\n");
            var chunked = answer.Contains("Transfer-Encoding: chunked", StringComparison.Ordinal);
            return int.Parse(lines[chunked ? 1 : 0], CultureInfo.InvariantCulture);
        }
    }

    [Theory]
    [OverTransports]
    public async Task Request_in_single_bytes_is_understood(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        await using var connection = await RawConnection.OpenAsync(server);

        // The parser examines the header again and again without consuming it.
        foreach (var value in "GET /hello HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"u8.ToArray())
        {
            await connection.Stream.WriteAsync(new[] { value }).Within("a write of one byte");
        }

        using var reader = new StreamReader(connection.Stream, Encoding.ASCII);
        var answer = await reader.ReadToEndAsync().Within("the answer and the end of the connection");
        Assert.Contains("hello over HTTP/1.1", answer, StringComparison.Ordinal);
    }

    [Theory]
    [OverTransports]
    public async Task Server_stops_writing_while_the_client_does_not_read(TransportKind transport)
    {
        const int Blocks = 64 * MiB / WebEndpoints.BlockSize;
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);
        using var response = await client.GetAsync($"/flood/{Blocks}", HttpCompletionOption.ResponseHeadersRead).Within("the headers");
        var probe = server.Probe.Call("flood");

        var written = await Watchdog.StandstillAsync(() => probe.Written, "the standstill of the server's writes");

        Assert.InRange(written, 1, Blocks / 4);
        await using var body = await response.Content.ReadAsStreamAsync().Within("the body's stream");
        var block = new byte[WebEndpoints.BlockSize];
        for (var index = 0; index < Blocks; index++)
        {
            await body.ReadExactlyAsync(block).Within($"block {index}");
            Assert.True(block.AsSpan().SequenceEqual(Content.Create(index, block.Length).Data.Span), $"Block {index} differs.");
        }

        Assert.Equal(0, await body.ReadAsync(block).Within("the end of the body"));
    }

    [Theory]
    [OverTransports]
    public async Task Client_stops_writing_while_the_server_does_not_read(TransportKind transport)
    {
        const int Blocks = 64;
        await using var server = await TestServer.StartAsync(transport, Server);
        using var client = CreateClient(server);
        var content = new BlockContent(Enumerable.Repeat(new byte[MiB], Blocks));
        var posting = client.PostAsync("/gate", content);

        var written = await Watchdog.StandstillAsync(() => content.Written, "the standstill of the client's writes", atLeast: 0);

        Assert.InRange(written, 0, Blocks / 4);
        Assert.False(posting.IsCompleted);
        server.Probe.Call("gate").Release();
        using var response = await posting.Within("the response after the gate was opened");
        Assert.Equal($"{Blocks * (long)MiB}", await response.Content.ReadAsStringAsync().Within("the length"));
    }

    [Theory]
    [OverTransports]
    public async Task Client_that_leaves_in_the_middle_of_a_response_stops_the_server(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport, Server);
        using (var client = CreateClient(server))
        {
            using var response = await client.GetAsync("/flood/1000000", HttpCompletionOption.ResponseHeadersRead).Within("the headers");
            await Watchdog.StandstillAsync(() => server.Probe.Call("flood").Written, "the standstill of the server's writes");
        }

        // The server's disposal fails if the handler is still writing: shutting down waits for it.
        await server.StopAsync().Within("the stop of a server whose client has gone");
        Assert.True(server.Lifetime.ApplicationStopped.IsCancellationRequested);
    }

    private static HttpClient CreateClient(TestServer server) => new(server.CreateHandler()) { BaseAddress = TestTransport.Address };

    /// <summary>A body of blocks and of unknown length.</summary>
    private sealed class BlockContent(IEnumerable<byte[]> blocks) : HttpContent
    {
        private long _written;

        public long Written => Volatile.Read(ref _written);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            foreach (var block in blocks)
            {
                await stream.WriteAsync(block);
                Interlocked.Increment(ref _written);
            }
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
