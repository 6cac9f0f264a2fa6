using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>A server in this process that survives its clients: it counts the calls whose handlers run, and keeps what it complained about.</summary>
internal sealed class LoadedServer : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly WebApplication _application;
    private readonly ErrorLog _errors = new();
    private readonly TransportKind _transport;
    private int _active;
    private long _handled;

    private LoadedServer(TransportKind transport)
    {
        _transport = transport;
        _application = TestApplication.Build(TestTransport.For(transport), Path, new TestApplicationOptions
        {
            Logging = logging => _errors.AddTo(logging),
            Application = application => application.Use(async (context, next) =>
            {
                Interlocked.Increment(ref _active);
                Interlocked.Increment(ref _handled);
                try
                {
                    await next(context);
                }
                finally
                {
                    Interlocked.Decrement(ref _active);
                }
            }),
        });
    }

    internal string Path => _directory.FilePath("s");

    /// <summary>Handlers that run now.</summary>
    internal int Active => Volatile.Read(ref _active);

    /// <summary>Handlers that were started.</summary>
    internal long Handled => Volatile.Read(ref _handled);

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
        Assert.Empty(_errors.OfServer);
    }
}
