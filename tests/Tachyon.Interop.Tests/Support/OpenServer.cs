using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Interop.Tests.Support;

/// <summary>The test services and two plain routes in this process, at an endpoint that the test configures.</summary>
internal sealed class OpenServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly ErrorLog _errors = new();
    private readonly WebApplication _app;

    private OpenServer(TransportKind endpoint, TestApplicationOptions options)
    {
        Transport = TestTransport.For(endpoint);
        Path = _directory.NewSocketPath();
        _app = TestApplication.Build(Transport, Path, options with { Logging = logging => _errors.AddTo(logging), Application = Map });
    }

    public TestTransport Transport { get; }

    public string Path { get; }

    public string NewFile(string name) => _directory.FilePath(name);

    public static async Task<OpenServer> StartAsync(TransportKind endpoint, TestApplicationOptions options)
    {
        var server = new OpenServer(endpoint, options);
        await server._app.StartAsync().Within("the start of the server");
        return server;
    }

    /// <summary>For a test of how long a client may say nothing.</summary>
    public static TestApplicationOptions WithHandshakeTimeout(TimeSpan timeout) => new()
    {
        Services = services => services.Configure<TachyonTransportOptions>(options => options.HandshakeTimeout = timeout),
    };

    /// <summary>A channel of a client that knows the endpoint for what it is.</summary>
    public GrpcChannel CreateChannel(bool tls = false)
        => !tls
            ? Transport.CreateChannel(Path)
            : TestTransport.CreateChannel(
                TestCertificate.Trust(Transport.Attach(new SocketsHttpHandler(), Path)), address: TestTransport.SecureAddress);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().Within("the stop of the server");
        await _app.DisposeAsync().Within("the disposal of the server");
        _directory.Dispose();

        // Kestrel and the transport survive their own failures by logging them.
        Assert.Empty(_errors.Entries);
    }

    private static void Map(WebApplication app)
    {
        app.MapMethods("/hello", ["GET", "TRACE"], (HttpContext context) => $"{context.Request.Protocol} {context.Request.Scheme} over {Medium(context)}");
        app.MapPost("/echo", async (HttpContext context) =>
        {
            using var received = new MemoryStream();
            await context.Request.Body.CopyToAsync(received, context.RequestAborted);
            await context.Response.BodyWriter.WriteAsync(received.GetBuffer().AsMemory(0, (int)received.Length), context.RequestAborted);
        });
    }

    private static string Medium(HttpContext context)
        => context.Features.Get<ITachyonConnectionFeature>() is null ? "a socket" : "shared memory";
}
