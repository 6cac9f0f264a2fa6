using System.Net;
using Grpc.Core;
using Grpc.Net.Client;

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
