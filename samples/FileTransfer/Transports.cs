using System.Net.Sockets;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Grpc.Client;

namespace FileTransfer;

internal enum Transport { Tachyon, UnixSocket }

/// <summary>Everything that differs between the two transports. The rest of the sample is plain gRPC.</summary>
internal static class Transports
{
    public static readonly Transport[] All = Enum.GetValues<Transport>();

    public static string NameOf(Transport transport) => transport == Transport.Tachyon ? "Tachyon" : "Unix socket";

    public static void Listen(IWebHostBuilder host, string directory)
    {
        host.UseTachyon();
        host.ConfigureKestrel(kestrel =>
        {
            kestrel.ListenTachyon(PathOf(Transport.Tachyon, directory));
            kestrel.ListenUnixSocket(PathOf(Transport.UnixSocket, directory), listen => listen.Protocols = HttpProtocols.Http2);
        });
    }

    public static GrpcChannel Connect(Transport transport, string directory)
    {
        var path = PathOf(transport, directory);

        // The settings that UseTachyon chooses, for both transports: the transports are compared, not the settings of HTTP/2.
        var handler = new SocketsHttpHandler { UseProxy = false, EnableMultipleHttp2Connections = true };
        handler.InitialHttp2StreamWindowSize = 2 << 20;

        // No limit, because a summary names every file.
        var options = new GrpcChannelOptions { HttpHandler = handler, DisposeHttpClient = true, MaxReceiveMessageSize = null };
        if (transport == Transport.Tachyon)
        {
            options.UseTachyon(path);
        }
        else
        {
            handler.ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            };
        }

        return GrpcChannel.ForAddress("http://localhost", options);
    }

    private static string PathOf(Transport transport, string directory) =>
        Path.Combine(directory, transport == Transport.Tachyon ? "tachyon.sock" : "plain.sock");
}
