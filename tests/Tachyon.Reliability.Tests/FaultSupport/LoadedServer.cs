using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>A server in this process that survives its clients: it counts the calls whose handlers run, and must log no error.</summary>
internal sealed class LoadedServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly HandlerCount _handlers = new();
    private readonly WebApplication _application;
    private readonly TransportKind _transport;

    private LoadedServer(TransportKind transport)
    {
        _transport = transport;
        _application = TestApplication.Build(TestTransport.For(transport), Path, _handlers.Options);
    }

    internal string Path => _directory.FilePath("s");

    /// <summary>Handlers that run now.</summary>
    internal int Active => _handlers.Active;

    /// <summary>Handlers that were started.</summary>
    internal long Handled => _handlers.Started;

    internal static async Task<LoadedServer> StartAsync(TransportKind transport)
    {
        var server = new LoadedServer(transport);
        await server._application.StartAsync().Within();
        return server;
    }

    internal GrpcChannel CreateChannel() => TestTransport.For(_transport).CreateChannel(Path);

    public async ValueTask DisposeAsync()
    {
        await _application.StopAsync().Within();
        await _application.DisposeAsync().Within();
        _directory.Dispose();
        Assert.Empty(_handlers.Errors);
    }
}
