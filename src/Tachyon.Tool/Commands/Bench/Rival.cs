using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.Grpc.Client;
using Tachyon.Tool.Commands.Ping;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>One of the two transports that are compared. Everything else is the same for both.</summary>
internal abstract class Rival(string name)
{
    internal string Name => name;

    internal abstract void Listen(WebApplicationBuilder builder, string path);

    internal abstract GrpcChannel Connect(string path);
}

/// <summary>Kestrel's own Unix socket, with the defaults of both sides.</summary>
internal sealed class SocketRival() : Rival(RivalName)
{
    internal const string RivalName = "socket";

    internal override void Listen(WebApplicationBuilder builder, string path)
        => builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path, static listen => listen.Protocols = HttpProtocols.Http2));

    internal override GrpcChannel Connect(string path) => GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
    {
        DisposeHttpClient = true,
        HttpHandler = new SocketsHttpHandler
        {
            // As the handler that a channel makes for itself.
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellationToken) =>
                await PlainSocket.ConnectUnixAsync(new TachyonEndPoint(path), TimeSpan.FromSeconds(5), cancellationToken).ConfigureAwait(false),
        },
    });
}

/// <summary>Shared memory, both sides waiting in the same mode.</summary>
internal sealed class TachyonRival(TachyonWaitMode mode) : Rival(RivalName)
{
    internal const string RivalName = "tachyon";

    internal override void Listen(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseTachyon(options => options.WaitMode = mode);
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(path));
    }

    internal override GrpcChannel Connect(string path) => TachyonChannel.ForAddress(path, new TachyonChannelOptions { WaitMode = mode });
}
