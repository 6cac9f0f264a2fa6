using System.Net.Sockets;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tachyon.TestHost.Transports;

/// <summary>The reference: what the framework itself does over a Unix socket.</summary>
public sealed class UnixSocketTransport : TestTransport
{
    public override void Listen(IWebHostBuilder web, string path, Action<ListenOptions>? configure)
    {
        // Kestrel leaves this to the user: the path of a server that was killed stays and makes the next bind fail.
        File.Delete(path);
        web.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path, listen =>
        {
            listen.Protocols = HttpProtocols.Http2;
            configure?.Invoke(listen);
        }));
    }

    public override SocketsHttpHandler Attach(SocketsHttpHandler handler, string path, ClientTuning tuning)
    {
        handler.ConnectCallback = async (_, cancellationToken) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                if (tuning.BufferBytes is { } bytes)
                {
                    socket.SendBufferSize = bytes;
                    socket.ReceiveBufferSize = bytes;
                }

                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        };
        return handler;
    }
}
