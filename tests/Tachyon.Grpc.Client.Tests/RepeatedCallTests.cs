using System.Net;
using System.Net.Http.Headers;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>A server leaves before it has processed a call, and HttpClient makes the call again on its next connection: with its whole
/// body, or not at all.</summary>
public sealed class RepeatedCallTests : IAsyncLifetime
{
    private readonly TempDirectory _directory = new();
    private TestServer _next = null!;

    public async Task InitializeAsync() => _next = await TestServer.StartAsync(TransportKind.UnixSocket);

    public async Task DisposeAsync()
    {
        await _next.DisposeAsync();
        _directory.Dispose();
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Unary_call_is_made_again(bool hasRetryPolicy)
    {
        await using var server = Leave(awaitsEnd: true);
        using var channel = CreateChannel(hasRetryPolicy);

        var answer = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 3_500)).ResponseAsync.Within();

        Assert.Null(Content.Difference(answer, 1, 3_500));
    }

    [Fact]
    public async Task Stream_of_messages_that_are_gone_fails()
    {
        await using var server = Leave(awaitsEnd: true);
        using var channel = CreateChannel(hasRetryPolicy: false);
        using var call = new Echo.EchoClient(channel).Collect();
        await call.RequestStream.WriteAsync(Content.Create(1, 10));
        await call.RequestStream.CompleteAsync();

        await AssertUnavailableAsync(call.ResponseAsync);
    }

    [Fact]
    public async Task Stream_of_messages_is_sent_again_by_a_retry_policy()
    {
        await using var server = Leave(awaitsEnd: true);
        using var channel = CreateChannel(hasRetryPolicy: true);
        using var call = new Echo.EchoClient(channel).Collect();
        await call.RequestStream.WriteAsync(Content.Create(1, 10));
        await call.RequestStream.CompleteAsync();

        Assert.Equal(1, (await call.ResponseAsync.Within()).Messages);
    }

    [Fact]
    public async Task Stream_that_is_open_fails()
    {
        await using var server = Leave(awaitsEnd: false);
        using var channel = CreateChannel(hasRetryPolicy: false);
        using var call = new Echo.EchoClient(channel).Duplex();

        // It may fail, too, when the server has left already: how the call ended is told by its answer.
        _ = await Record.ExceptionAsync(() => call.RequestStream.WriteAsync(Content.Create(1, 10)));

        await AssertUnavailableAsync(call.ResponseStream.MoveNext());
    }

    [Fact]
    public async Task Stream_that_is_open_goes_on_with_a_retry_policy()
    {
        await using var server = Leave(awaitsEnd: false);
        using var channel = CreateChannel(hasRetryPolicy: true);
        using var call = new Echo.EchoClient(channel).Duplex();
        for (var message = 0; message < 3; message++)
        {
            await call.RequestStream.WriteAsync(Content.Create(message, 10)).Within();
            Assert.True(await call.ResponseStream.MoveNext().Within());
            Assert.Null(Content.Difference(call.ResponseStream.Current, message, 10));
        }

        await call.RequestStream.CompleteAsync();
        Assert.False(await call.ResponseStream.MoveNext().Within());
    }

    [Theory]
    [InlineData(typeof(IOException))]
    [InlineData(typeof(ObjectDisposedException))]
    [InlineData(typeof(NotSupportedException))]
    public async Task Failure_of_the_messages_looks_as_without_Tachyon(Type type)
    {
        using var plain = TestTransport.For(TransportKind.UnixSocket).Attach(new SocketsHttpHandler(), _next.Path, ClientTuning.Default);
        using var ours = new GrpcChannelOptions().UseTachyon($"unix://{_next.Path}").HttpHandler!;

        var expected = await FailAsync(plain);

        Assert.Contains(type.FullName!, expected, StringComparison.Ordinal);
        Assert.Equal(expected, await FailAsync(ours));

        async Task<string> FailAsync(HttpMessageHandler handler)
        {
            using var client = new HttpMessageInvoker(handler, disposeHandler: false);
            using var content = new FailingContent((Exception)Activator.CreateInstance(type, "failed")!);
            using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/tachyon.test.Echo/Unary")
            {
                Version = HttpVersion.Version20,
                VersionPolicy = HttpVersionPolicy.RequestVersionExact,
                Content = content,
            };
            var exception = await Record.ExceptionAsync(() => client.SendAsync(request, CancellationToken.None).Within());
            List<string> chain = [];
            for (; exception is not null; exception = exception.InnerException)
            {
                chain.Add($"{exception.GetType()}: {exception.Message}");
            }

            return string.Join('\n', chain);
        }
    }

    private static async Task AssertUnavailableAsync(Task call)
    {
        var exception = await Assert.ThrowsAsync<RpcException>(() => call.Within());
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains("before it processed the call", exception.Status.Detail, StringComparison.Ordinal);
    }

    private LeavingServer Leave(bool awaitsEnd) => new(_directory.FilePath("s"), _next.Path, awaitsEnd);

    private GrpcChannel CreateChannel(bool hasRetryPolicy)
        => TachyonChannel.ForAddress($"unix://{_directory.FilePath("s")}", channelOptions: new GrpcChannelOptions
        {
            ServiceConfig = hasRetryPolicy ? RetryPolicies.OfUnavailable(TimeSpan.FromMilliseconds(1)) : null,
        });

    private sealed class FailingContent : HttpContent
    {
        private readonly Exception _failure;

        internal FailingContent(Exception failure)
        {
            _failure = failure;
            Headers.ContentType = new MediaTypeHeaderValue("application/grpc");
        }

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            await stream.FlushAsync();
            throw _failure;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
