using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Tool.Tests.Proxy.Support;

/// <summary>The test services in this process, behind a proxy.</summary>
internal sealed class Service : IAsyncDisposable
{
    private readonly TempDirectory _directory = new();
    private readonly WebApplication _application;
    private readonly TransportKind _outside;
    private ProxyProcess? _proxy;

    private Service(TransportKind outside, TransportKind inside)
    {
        _outside = outside;
        ServerPath = _directory.NewSocketPath();
        _application = TestApplication.Build(TestTransport.For(inside), ServerPath, new TestApplicationOptions());
    }

    internal ProxyProcess Proxy => _proxy!;

    private string ServerPath { get; }

    /// <param name="scheme">Of the outside: tcp, unix or tachyon. The inside is Tachyon, and a Unix socket for a Tachyon outside.</param>
    /// <param name="options">More options of the proxy.</param>
    internal static async Task<Service> StartAsync(string scheme, params string[] options)
    {
        var reverse = scheme == "tachyon";
        var service = new Service(
            reverse ? TransportKind.Adaptive : TransportKind.UnixSocket, reverse ? TransportKind.UnixSocket : TransportKind.Adaptive);
        await service._application.StartAsync().Within();
        var target = reverse ? $"unix://{service.ServerPath}" : $"tachyon://{service.ServerPath}";
        service._proxy = await ProxyProcess.StartAsync(scheme, service._directory, target, options);
        return service;
    }

    internal GrpcChannel CreateChannel()
        => Proxy.Address.StartsWith("tcp:", StringComparison.Ordinal)
            ? TestTransport.CreateChannel(new SocketsHttpHandler(), address: new Uri($"http://127.0.0.1:{Wire.PortOf(Proxy.Address)}"))
            : TestTransport.For(_outside).CreateChannel(Proxy.Path);

    /// <summary>A call that stays open and is known to have reached its handler.</summary>
    internal static async Task<AsyncDuplexStreamingCall<Payload, Payload>> OpenCallAsync(GrpcChannel channel)
    {
        var call = new Echo.EchoClient(channel).Duplex();
        await EchoAsync(call, 0);
        return call;
    }

    internal static async Task EchoAsync(AsyncDuplexStreamingCall<Payload, Payload> call, int index)
    {
        await call.RequestStream.WriteAsync(Content.Create(index, 1000)).Within();
        Assert.True(await call.ResponseStream.MoveNext().Within());
        Assert.Null(Content.Difference(call.ResponseStream.Current, index, 1000));
    }

    public async ValueTask DisposeAsync()
    {
        await Proxy.DisposeAsync();
        await _application.StopAsync().Within();
        await _application.DisposeAsync().AsTask().Within();
        _directory.Dispose();
    }
}
