using System.Net;
using Grpc.Net.Client;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>The stream of a response's body in direct mode keeps to what HttpClient's does.</summary>
public sealed class ResponseStreamTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Read_after_the_disposal_is_no_end_of_the_body()
    {
        var path = _directory.FilePath("s");
        await using var server = new RawDirectServer(path);
        var options = new GrpcChannelOptions();
        options.UseTachyon(path, new TachyonChannelOptions { Protocol = TachyonProtocol.RequireDirect });
        using var client = new HttpMessageInvoker(options.HttpHandler!);
        using var request = new HttpRequestMessage(HttpMethod.Post, "http://localhost/")
        {
            Version = HttpVersion.Version20,
            VersionPolicy = HttpVersionPolicy.RequestVersionExact,
        };
        var sending = client.SendAsync(request, CancellationToken.None);
        var stream = await server.AcceptRequestAsync();
        await server.SendAsync(
            [
                .. RawDirectServer.Frame(3, stream, flags: 2),
                .. RawDirectServer.Frame(4, stream, new byte[100]),
                .. RawDirectServer.Frame(5, stream, flags: 3),
            ]);
        var response = await sending.Within("the response");
        var body = await response.Content.ReadAsStreamAsync();
        await body.ReadExactlyAsync(new byte[10]);

        response.Dispose();

        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await body.ReadExactlyAsync(new byte[10]));
    }
}
