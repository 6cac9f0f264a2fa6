using Grpc.Net.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Interop.Tests.Support;

/// <summary>The test services in a process of their own, at a fresh path.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly TransportKind _endpoint;
    private ChildProgram? _process;

    private ServerProcess(TransportKind endpoint)
    {
        _endpoint = endpoint;
        Path = _directory.NewSocketPath();
    }

    public string Path { get; }

    public int Id => _process!.Id;

    public static async Task<ServerProcess> StartAsync(TransportKind endpoint)
    {
        var server = new ServerProcess(endpoint);
        try
        {
            server._process = await HostProgram.StartServerAsync(endpoint, server.Path);
            return server;
        }
        catch
        {
            await server.DisposeAsync();
            throw;
        }
    }

    /// <summary>A channel of a client that knows the endpoint for what it is.</summary>
    public GrpcChannel CreateChannel() => TestTransport.For(_endpoint).CreateChannel(Path);

    public async ValueTask DisposeAsync()
    {
        if (_process is not null)
        {
            await _process.DisposeAsync();
        }

        _directory.Dispose();
    }
}
