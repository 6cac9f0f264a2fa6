using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests.Support;

/// <summary>A server in the test process with one endpoint. Its disposal checks that each request came over the transport under
/// test.</summary>
internal sealed class EcosystemServer : IAsyncDisposable
{
    private readonly TransportKind _kind;
    private readonly TempDirectory _directory = new();
    private readonly ErrorLog _errors = new();
    private readonly WebApplication _app;
    private int _requests;
    private int _overSharedMemory;

    private EcosystemServer(
        TransportKind kind, HttpProtocols protocols, Action<IServiceCollection> addServices, Action<WebApplication> map)
    {
        _kind = kind;
        Transport = TestTransport.For(kind);
        Path = _directory.NewSocketPath();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore();
        Transport.Listen(builder.WebHost, Path, listen => listen.Protocols = protocols);
        _errors.AddTo(builder.Logging);
        builder.Services.AddRouting();
        addServices(builder.Services);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            Interlocked.Increment(ref _requests);
            if (context.Features.Get<ITachyonConnectionFeature>() is not null)
            {
                Interlocked.Increment(ref _overSharedMemory);
            }

            return next(context);
        });
        map(_app);
    }

    public TestTransport Transport { get; }

    public string Path { get; }

    /// <summary>Whether the clients are plain socket clients, also of an endpoint over shared memory.</summary>
    public bool HasSocketClients { get; set; }

    /// <summary>The category, or its beginning, of errors that the test causes; null for none.</summary>
    public string? ExpectedErrors { get; set; }

    public int Requests => Volatile.Read(ref _requests);

    /// <summary>A server that does not listen yet.</summary>
    public static EcosystemServer Create(
        TransportKind kind, HttpProtocols protocols, Action<IServiceCollection> addServices, Action<WebApplication> map)
        => new(kind, protocols, addServices, map);

    public static async Task<EcosystemServer> StartAsync(
        TransportKind kind, HttpProtocols protocols, Action<IServiceCollection> addServices, Action<WebApplication> map)
    {
        var server = Create(kind, protocols, addServices, map);
        await server.StartAsync();
        return server;
    }

    public Task StartAsync() => _app.StartAsync().Within("the start of the server");

    /// <summary>A handler that connects to this server.</summary>
    public SocketsHttpHandler CreateHandler() => Transport.Attach(new SocketsHttpHandler(), Path);

    public GrpcChannel CreateChannel() => Transport.CreateChannel(Path);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().Within("the stop of the server");
        await _app.DisposeAsync().Within("the disposal of the server");
        _directory.Dispose();

        Assert.Equal(_kind == TransportKind.UnixSocket || HasSocketClients ? 0 : _requests, _overSharedMemory);
        Assert.DoesNotContain(
            _errors.Entries, entry => ExpectedErrors is null || !entry.StartsWith(ExpectedErrors, StringComparison.Ordinal));
    }
}
