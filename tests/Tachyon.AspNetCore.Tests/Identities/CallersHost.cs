using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests.Identities;

/// <summary>A server that knows its callers, over shared memory and over TCP, open to every user that its options name.</summary>
internal sealed class CallersHost : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly WebApplication _app;

    private CallersHost(TempDirectory directory, WebApplication app)
    {
        _directory = directory;
        _app = app;
    }

    public string Path => _directory.FilePath("s");

    private string TcpAddress => _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
        .Single(static address => address.StartsWith("http://127.0.0.1", StringComparison.Ordinal));

    /// <param name="users">Users that may connect besides the server's own.</param>
    /// <param name="peer">Sets the options of the authentication.</param>
    /// <param name="services">Further services.</param>
    /// <param name="first">Middleware before the authentication.</param>
    public static async Task<CallersHost> StartAsync(
        uint[]? users = null,
        Action<TachyonPeerOptions>? peer = null,
        Action<IServiceCollection>? services = null,
        Action<WebApplication>? first = null)
    {
        var directory = new TempDirectory().OpenToAll();
        var options = CallersApplication.Options(
            peer,
            all =>
            {
                all.Configure<TachyonTransportOptions>(server =>
                {
                    server.SocketMode = TestUsers.AllMayConnect;
                    Array.ForEach(users ?? [], server.AllowedUserIds.Add);
                });
                services?.Invoke(all);
            },
            first);
        var host = new CallersHost(
            directory, TestApplication.Build(TestTransport.For(TransportKind.Park), directory.FilePath("s"), options));
        await host._app.StartAsync().Within("the server's start");
        return host;
    }

    public GrpcChannel CreateChannel() => TachyonChannel.ForAddress(Path);

    /// <summary>An ordinary client of the same path.</summary>
    public GrpcChannel CreatePlainChannel() => TachyonChannel.ForAddress($"unix://{Path}");

    public GrpcChannel CreateTcpChannel() => GrpcChannel.ForAddress(TcpAddress);

    public async ValueTask DisposeAsync()
    {
        await _app.StopAsync().Within("the server's stop");
        await _app.DisposeAsync().Within("the disposal of the server");
        _directory.Dispose();
    }
}
