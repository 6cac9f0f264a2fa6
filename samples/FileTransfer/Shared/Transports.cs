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
        var handler = CreateHandler();
        var options = new GrpcChannelOptions
        {
            HttpHandler = handler,
            DisposeHttpClient = true,

            // Without a limit because a summary names every file.
            MaxReceiveMessageSize = null,
        };
        if (transport == Transport.Tachyon)
        {
            options.UseTachyon(endpoints.Tachyon);
        }
        else
        {
            handler.ConnectCallback = (_, cancellationToken) => ConnectUnixSocketAsync(endpoints.UnixSocket, cancellationToken);
        }

        return GrpcChannel.ForAddress("http://localhost", options);
    }

    // What UseTachyon would set, given to both transports: it is them that are compared, not the settings of HTTP/2.
    private static SocketsHttpHandler CreateHandler() => new()
    {
        UseProxy = false,
        EnableMultipleHttp2Connections = true,
        InitialHttp2StreamWindowSize = 2 * 1024 * 1024,
    };

    private static async ValueTask<Stream> ConnectUnixSocketAsync(string path, CancellationToken cancellationToken)
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
    }
}
