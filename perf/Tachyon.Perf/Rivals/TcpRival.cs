using System.Net;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tachyon.Perf.Rivals;

/// <summary>Kestrel over TCP on the loopback interface.</summary>
internal sealed class TcpRival() : Rival("tcp", "Kestrel over TCP loopback")
{
    internal override string AddressOf(WebApplication server, string path) => server.Urls.Single();

    // ListenLocalhost cannot choose a free port.
    protected override void Configure(WebApplicationBuilder builder, string path)
        => builder.WebHost.ConfigureKestrel(kestrel => kestrel.Listen(IPAddress.Loopback, 0, listen => listen.Protocols = HttpProtocols.Http2));

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options) => GrpcChannel.ForAddress(address, options);
}
