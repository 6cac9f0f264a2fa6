using System.Net;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>The content of a request in direct mode is used as HttpClient does it.</summary>
public sealed class RequestContentTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Failure_of_the_content_is_that_of_the_request(bool isBegun)
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        var options = new GrpcChannelOptions();
        options.UseTachyon(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        using var client = new HttpMessageInvoker(options.HttpHandler!);
        using var content = new FailingContent(isBegun);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
            Content = content,
        };

        var sending = client.SendAsync(request, CancellationToken.None);
        if (isBegun)
        {
            await server.AcceptRequestAsync();
        }

        content.Fail.SetResult();
        Assert.Same(FailingContent.Failure, await Assert.ThrowsAsync<RpcException>(() => sending).Within());
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Refused_call_is_sent_again_with_its_whole_message(bool hasRetryPolicy)
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        var policy = hasRetryPolicy ? RetryPolicies.OfUnavailable(TimeSpan.FromMilliseconds(1)) : null;
        var options = new GrpcChannelOptions { ServiceConfig = policy };
        var direct = new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect };
        using var channel = TachyonChannel.ForAddress(path, direct, options);
        var method = new Method<string, string>(
            MethodType.Unary, "s", "m", Marshallers.StringMarshaller, Marshallers.Create(static _ => [], static _ => "answer"));
        using var call = channel.CreateCallInvoker().AsyncUnaryCall(method, host: null, default, "message");

        var first = await server.AcceptRequestAsync();
        var length = await server.ReceiveDataAsync();
        await server.SendAsync(RawDirectServer.Frame(6, first, RawDirectServer.Number(7)));

        // Content of a call with a retry policy gives nothing when it is read for the second time.
        var second = await server.ReceiveRequestAsync();
        Assert.Equal(length, await server.ReceiveDataAsync());
        await server.SendAsync(RawDirectServer.Reply(second));
        Assert.Equal("answer", await call.ResponseAsync.Within());
    }

    /// <summary>What gRPC's content throws when its call is disposed.</summary>
    private sealed class FailingContent(bool flushes) : HttpContent
    {
        internal static readonly RpcException Failure = new(new Status(StatusCode.Cancelled, "gRPC call disposed."));

        internal TaskCompletionSource Fail { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context)
        {
            if (flushes)
            {
                await stream.WriteAsync(new byte[10]);
                await stream.FlushAsync();
            }

            await Fail.Task;
            throw Failure;
        }

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}
