using System.Net.Sockets;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Perf;

/// <summary>One way to carry the calls: Kestrel's own Unix socket (the baseline), or a mode of Tachyon.</summary>
internal sealed record Rival(string Name, TachyonWaitMode? Mode)
{
    internal static readonly Rival UnixSocket = new("uds", null);

    internal static readonly IReadOnlyList<Rival> All =
    [
        UnixSocket,
        new("adaptive", TachyonWaitMode.Adaptive),
        new("park", TachyonWaitMode.Park),
        new("spin", TachyonWaitMode.Spin),
    ];

    internal static Rival Named(string name) => All.First(rival => rival.Name == name);

    internal WebApplication CreateServer(string path)
    {
        WebApplicationBuilder builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        if (Mode is { } mode)
        {
            builder.WebHost.UseTachyon(options => options.WaitMode = mode);
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(path));
        }
        else
        {
            builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenUnixSocket(path, listen => listen.Protocols = HttpProtocols.Http2));
        }

        WebApplication app = builder.Build();
        app.MapGrpcService<EchoService>();
        return app;
    }

    internal GrpcChannel CreateChannel(string path)
    {
        var options = new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null };
        if (Mode is { } mode)
        {
            return TachyonChannel.ForAddress(path, new TachyonClientOptions { WaitMode = mode }, options);
        }

        options.HttpHandler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken);
                return new NetworkStream(socket, ownsSocket: true);
            },
        };
        return GrpcChannel.ForAddress("http://localhost", options);
    }
}
