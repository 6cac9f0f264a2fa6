using System.Net.Sockets;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Grpc.Client;

namespace FileTransfer.Shared;

/// <summary>All that differs between the two transports. The rest of the sample is ordinary gRPC.</summary>
internal static class Transports
{
    public static string NameOf(Transport transport) => transport == Transport.Tachyon ? "Tachyon" : "Unix socket";

    public static void Listen(IWebHostBuilder host, Endpoints endpoints)
    {
        host.UseTachyon();
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenTachyon(endpoints.Tachyon);
            kestrel.ListenUnixSocket(endpoints.UnixSocket, listen => listen.Protocols = HttpProtocols.Http2);
        });
    }

    public static GrpcChannel Connect(Transport transport, Endpoints endpoints)
    {
        // Without a limit because a summary names every file.
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = null, DisposeHttpClient = true };
        if (transport == Transport.Tachyon)
        {
            options.UseTachyon(endpoints.Tachyon);
        }
        else
        {
            options.HttpHandler = UnixSocketHandler(endpoints.UnixSocket);
        }

        return GrpcChannel.ForAddress("http://localhost", options);
    }

    private static SocketsHttpHandler UnixSocketHandler(string path) => new()
    {
        UseProxy = false,
        AllowAutoRedirect = false,
        EnableMultipleHttp2Connections = true,
        ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        },
    };
}
