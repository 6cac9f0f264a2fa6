using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;

namespace Tachyon.TestHost.Transports;

/// <summary>The server's side of one transport and the client's side of another, where the two get on with each other.</summary>
public sealed class MixedTransport(TestTransport server, TestTransport client) : TestTransport
{
    public override void Listen(IWebHostBuilder web, string path, Action<ListenOptions>? configure) => server.Listen(web, path, configure);

    public override SocketsHttpHandler Attach(SocketsHttpHandler handler, string path, ClientTuning tuning)
        => client.Attach(handler, path, tuning);

    public override void Attach(IHttpClientBuilder builder, string path) => client.Attach(builder, path);

    public override GrpcChannel CreateChannel(string path, GrpcChannelOptions? options = null, ClientTuning? tuning = null)
        => client.CreateChannel(path, options, tuning);
}
