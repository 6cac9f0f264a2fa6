using System.Net;
using Grpc.Net.Client;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>A call ends once, with its response or an error, also where frames cross (proof/calls.pml has every order of them).</summary>
public sealed class CallEndTests : IDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly CancellationTokenSource _cancellation = new();

    public void Dispose()
    {
        _directory.Dispose();
        _cancellation.Dispose();
    }

    [Fact]
    public async Task Request_canceled_before_its_headers_is_never_sent()
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        var canceled = Send(client, new Body(_ => _cancellation.CancelAsync()), _cancellation.Token);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => canceled).Within();

        var next = Send(client, new ByteArrayContent([]), CancellationToken.None);
        await server.SendAsync(RawDirectServer.Reply(await server.AcceptRequestAsync()));

        // The server answers the first request that it sees.
        using var response = await next.Within("the response to the request that was not canceled");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    [Theory]
    [InlineData(6)] // RESET of the stream
    [InlineData(8)] // GOAWAY with an error
    public async Task Complete_response_is_read_although_the_request_fails_behind_it(byte type)
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        var never = new TaskCompletionSource();
        var sending = Send(client, new Body(body => Open(body, never.Task)), CancellationToken.None);
        var stream = await server.AcceptRequestAsync();

        // In one write: the client has read all of it before its caller reads the body.
        await server.SendAsync(
            [
                .. RawDirectServer.Frame(3, stream, flags: 2),
                .. RawDirectServer.Frame(4, stream, new byte[100]),
                .. RawDirectServer.Frame(5, stream, flags: 3),
                .. type == 6
                    ? RawDirectServer.Frame(6, stream, RawDirectServer.Number(2))
                    : RawDirectServer.Frame(8, 0, [.. RawDirectServer.Number(stream), .. RawDirectServer.Number(2)]),
            ]);

        using var response = await sending.Within("the response");
        var body = await response.Content.ReadAsByteArrayAsync().Within("the body");
        Assert.Equal(100, body.Length);
        Assert.Contains(response.TrailingHeaders, trailer => trailer.Key == "grpc-status");
    }

    [Fact]
    public async Task Reset_with_no_error_before_the_response_fails_the_call()
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        var sending = Send(client, new ByteArrayContent([]), CancellationToken.None);
        var stream = await server.AcceptRequestAsync();

        await server.SendAsync(RawDirectServer.Frame(6, stream, RawDirectServer.Number(0)));

        await Assert.ThrowsAsync<HttpRequestException>(() => sending).Within();
    }

    [Fact]
    public async Task Trailers_without_headers_fail_the_call()
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        var sending = Send(client, new ByteArrayContent([]), CancellationToken.None);
        var stream = await server.AcceptRequestAsync();

        await server.SendAsync(RawDirectServer.Frame(5, stream, flags: 3));

        await Assert.ThrowsAsync<HttpRequestException>(() => sending).Within();
    }

    [Fact]
    public async Task Complete_response_is_read_although_the_connection_ends_behind_it()
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        var never = new TaskCompletionSource();
        var sending = Send(client, new Body(body => Open(body, never.Task)), CancellationToken.None);
        await server.SendAsync(RawDirectServer.Reply(await server.AcceptRequestAsync()));
        using var response = await sending.Within("the response");

        await server.EndConnectionAsync();

        Assert.Equal(5, (await response.Content.ReadAsByteArrayAsync().Within("the body")).Length);
        Assert.Contains(response.TrailingHeaders, trailer => trailer.Key == "grpc-status");
    }

    [Fact]
    public async Task Body_that_waits_for_its_caller_is_read_once_although_the_server_refuses_it_at_once()
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        using var refused = new ManualResetEventSlim();
        var readings = 0;
        var never = new TaskCompletionSource();
        var content = new Body(body =>
        {
            Interlocked.Increment(ref readings);
            var open = Open(body, never.Task);
            refused.Wait();
            return open;
        });
        var sending = Task.Run(() => Send(client, content, CancellationToken.None));
        var stream = await server.AcceptRequestAsync();

        // The client answers the ping after it has handled the refusal.
        await server.SendAsync(RawDirectServer.Frame(6, stream, RawDirectServer.Number(7)), RawDirectServer.Frame(9, 0, new byte[8]));
        while ((await server.ReceiveAsync().Within("the answer to the ping")).Type != 10)
        {
        }

        refused.Set();
        await Assert.ThrowsAsync<HttpRequestException>(() => sending).Within("the request, which cannot be sent again");
        Assert.Equal(1, readings);
    }

    [Theory]
    [InlineData(33_000)] // more than the server takes
    [InlineData(70_000)] // more than a frame can say
    public async Task Too_long_headers_fail_their_request_only_and_take_no_stream(int length)
    {
        await using var server = new RawDirectServer(_directory.FilePath("s"));
        using var client = Connect();
        var first = Send(client, new ByteArrayContent([]), CancellationToken.None);
        var stream = await server.AcceptRequestAsync();

        // One stream at a time.
        var settings = RawDirectServer.Frame(1, 0, [.. RawDirectServer.Number(1), .. RawDirectServer.Number(32 * 1024)]);
        await server.SendAsync(settings, RawDirectServer.Reply(stream));
        (await first.Within("the first response")).Dispose();

        var tooLong = new ByteArrayContent([]);
        tooLong.Headers.Add("name", new string('x', length));
        await Assert.ThrowsAsync<HttpRequestException>(() => Send(client, tooLong, CancellationToken.None)).Within();

        var next = Send(client, new ByteArrayContent([]), CancellationToken.None);
        await server.SendAsync(RawDirectServer.Reply(await server.ReceiveRequestAsync()));
        using var response = await next.Within("the response, over the same connection");
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
    }

    private HttpMessageInvoker Connect()
    {
        var options = new GrpcChannelOptions();
        options.UseTachyon(_directory.FilePath("s"), new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        return new HttpMessageInvoker(options.HttpHandler!);
    }

    private static Task<HttpResponseMessage> Send(HttpMessageInvoker client, HttpContent content, CancellationToken cancellationToken)
        => client.SendAsync(
            new HttpRequestMessage(HttpMethod.Post, "http://localhost/")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = content,
            },
            cancellationToken);

    private static async Task Open(Stream body, Task end)
    {
        await body.FlushAsync();
        await end;
    }

    /// <summary>A body that is written by a function.</summary>
    private sealed class Body(Func<Stream, Task> write) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => write(stream);

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
