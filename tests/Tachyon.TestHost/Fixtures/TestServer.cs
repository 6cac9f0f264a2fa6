using System.Collections.Concurrent;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.TestHost.Fixtures;

/// <summary>A server in the test process, at a path of its own. Declare it before the channels: they have to go first.</summary>
internal sealed class TestServer : IAsyncDisposable
{
    private static readonly ConcurrentDictionary<TestServer, bool> s_liveServers = new();

    private readonly WebApplication _app;
    private readonly TempDirectory? _directory;

    private TestServer(TransportKind kind, string path, TempDirectory? directory, TestApplicationOptions options)
    {
        Watchdog.Fixtures = Diagnostics.Describe;
        Kind = kind;
        Path = path;
        _directory = directory;
        Transport = TestTransport.For(kind);
        _app = TestApplication.Build(Transport, path, options with
        {
            Logging = logging =>
            {
                logging.AddProvider(Logs);
                options.Logging?.Invoke(logging);
            },
            Application = app =>
            {
                app.Use(Streams.ObserveAsync);
                options.Application?.Invoke(app);
            },
        });
    }

    /// <summary>A server that refuses plain socket clients.</summary>
    public static TestApplicationOptions TachyonClientsOnly { get; } = new()
    {
        Services = static services => services.Configure<TachyonTransportOptions>(static options => options.AcceptSocketClients = false),
    };

    /// <summary>The servers that run now, for diagnostics.</summary>
    public static IEnumerable<TestServer> Live => s_liveServers.Keys;

    public TransportKind Kind { get; }

    public TestTransport Transport { get; }

    public string Path { get; }

    public CapturedLogs Logs { get; } = new();

    /// <summary>Ids of errors that the test causes on purpose. Any other error of the server fails the test.</summary>
    public IReadOnlyCollection<int> ExpectedErrors { get; set; } = [];

    public Http2StreamInspector Streams { get; } = new();

    public ServerProbe Probe => _app.Services.GetRequiredService<ServerProbe>();

    public IHostApplicationLifetime Lifetime => _app.Lifetime;

    public static Task<TestServer> StartAsync(TransportKind kind, TestApplicationOptions? options = null)
    {
        var directory = new TempDirectory();
        return StartAsync(kind, directory.FilePath("s"), directory, options);
    }

    /// <summary>Starts at a path that the caller owns.</summary>
    public static Task<TestServer> StartAtAsync(TransportKind kind, string path, TestApplicationOptions? options = null)
        => StartAsync(kind, path, directory: null, options);

    public TestChannel CreateChannel(GrpcChannelOptions? options = null, ClientTuning? tuning = null)
        => new(Transport, Transport.CreateChannel(Path, options, tuning));

    /// <summary>A handler of the test's own that connects here.</summary>
    public SocketsHttpHandler CreateHandler(SocketsHttpHandler? handler = null, ClientTuning? tuning = null)
        => Transport.Attach(handler ?? new SocketsHttpHandler(), Path, tuning ?? ClientTuning.Default);

    public Task StopAsync() => _app.StopAsync();

    public async ValueTask DisposeAsync()
    {
        try
        {
            await StopAsync().Within("the server's stop");
            await _app.DisposeAsync().Within("the disposal of the server");
        }
        finally
        {
            s_liveServers.TryRemove(this, out _);
            _directory?.Dispose();
        }

        AssertNoComplaints();
    }

    /// <summary>Kestrel and the transport survive their own failures by logging them; a test must not overlook that.</summary>
    private void AssertNoComplaints()
    {
        var complaints = Logs.Entries.Where(entry => entry.Level >= LogLevel.Error
            && !ExpectedErrors.Contains(entry.Event.Id)
            && (entry.Category.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal)
                || entry.Category.StartsWith("Tachyon", StringComparison.Ordinal))).ToList();
        Assert.True(complaints.Count == 0, $"The server complained:\n{string.Join('\n', complaints)}");
    }

    private static async Task<TestServer> StartAsync(
        TransportKind kind, string path, TempDirectory? directory, TestApplicationOptions? options)
    {
        var server = new TestServer(kind, path, directory, options ?? new TestApplicationOptions());
        await server._app.StartAsync().Within("the server's start");
        s_liveServers.TryAdd(server, true);
        return server;
    }
}
