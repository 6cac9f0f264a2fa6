using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Tachyon.Perf.Rivals;

/// <summary>The floor of the gRPC stack: no process border, no transport, two pipes of System.IO.Pipelines.</summary>
internal sealed class PipeRival() : Rival("pipe", "two pipes within one process: the floor of the gRPC stack")
{
    private readonly PipeTransport _transport = new();

    internal override bool InProcess => true;

    protected override void Configure(WebApplicationBuilder builder, string path)
    {
        builder.Services.AddSingleton<IConnectionListenerFactory>(_transport);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(PipeTransport.EndPoint, listen => listen.Protocols = HttpProtocols.Http2));
    }

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options)
    {
        options.DisposeHttpClient = true;
        options.HttpHandler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = (_, _) => ValueTask.FromResult(_transport.Connect()),
        };
        return GrpcChannel.ForAddress("http://localhost", options);
    }
}
