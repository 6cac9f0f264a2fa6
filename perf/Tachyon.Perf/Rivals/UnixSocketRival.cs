using System.Net.Sockets;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tachyon.Perf.Rivals;

/// <summary>Kestrel over a Unix socket.</summary>
internal sealed class UnixSocketRival(string name, string description, bool inline) : Rival(name, description)
{
    protected override void Configure(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = inline);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http2));
    }

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options)
    {
        options.DisposeHttpClient = true;
        options.HttpHandler = new SocketsHttpHandler
        {
            // As the handler that a channel makes for itself.
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(address), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return GrpcChannel.ForAddress("http://localhost", options);
    }
}
