using System.Collections.Concurrent;
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

namespace Tachyon.Foreign.Tests.Support;

/// <summary>The test services and two plain routes in this process, at an endpoint that the test configures.</summary>
internal sealed class OpenServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly Complaints _complaints = new();
    private readonly WebApplication _app;

    private OpenServer(TransportKind endpoint, TestApplicationOptions options)
    {
        Transport = TestTransport.For(endpoint);
        Path = _directory.NewSocketPath();
        _app = TestApplication.Build(Transport, Path, options with { Logging = logging => logging.AddProvider(_complaints), Application = Map });
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
        Services = services => services.Configure<TachyonServerOptions>(options => options.HandshakeTimeout = timeout),
    };

    /// <summary>A channel of a client that knows the endpoint for what it is, with TLS where there is a certificate.</summary>
    public GrpcChannel CreateChannel(ThrowAwayCertificate? certificate = null)
        => certificate is null
            ? Transport.CreateChannel(Path)
            : TestTransport.CreateChannel(certificate.Trust(Transport.Attach(new SocketsHttpHandler(), Path)), address: TestTransport.SecureAddress);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().Within("the stop of the server");
        await _app.DisposeAsync().Within("the disposal of the server");
        _directory.Dispose();

        // Kestrel and the transport survive their own failures by logging them.
        Assert.True(_complaints.All.IsEmpty, string.Join('\n', _complaints.All));
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

    private sealed class Complaints : ILoggerProvider
    {
        public ConcurrentQueue<string> All { get; } = new();

        public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

        public void Dispose()
        {
        }

        private sealed class Logger(Complaints owner, string category) : ILogger
        {
            public IDisposable? BeginScope<TState>(TState state)
                where TState : notnull
                => null;

            public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Error;

            public void Log<TState>(
                LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
            {
                if (IsEnabled(logLevel))
                {
                    owner.All.Enqueue($"{category}: {formatter(state, exception)} {exception}");
                }
            }
        }
    }
}
