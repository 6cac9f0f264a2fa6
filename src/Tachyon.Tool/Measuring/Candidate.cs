using System.Net.Sockets;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.Measuring;

/// <summary>One way to call that is compared. The service and the limits are the same for all.</summary>
internal abstract class Candidate(string name)
{
    internal string Name => name;

    /// <summary>Whether client and server run in one process.</summary>
    internal virtual bool InProcess => false;

    internal WebApplication CreateServer(string path)
    {
        // The empty builder reads no configuration: the result does not depend on the directory or the environment.
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel();
        Configure(builder, path);
        var server = builder.Build();
        Map(server);
        return server;
    }

    /// <summary>Where clients of a started server connect.</summary>
    internal virtual string AddressOf(WebApplication server, string path) => path;

    /// <summary>A client's own connection, which is made with its first call.</summary>
    internal abstract CandidateChannel CreateChannel(string address);

    protected abstract void Configure(WebApplicationBuilder builder, string path);

    protected abstract void Map(WebApplication server);

    /// <summary>A socket that is connected to a path.</summary>
    protected static async ValueTask<Stream> ConnectSocketAsync(string path, CancellationToken cancellationToken)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), cancellationToken).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

/// <summary>A connection of a candidate, as the generated client takes it.</summary>
internal sealed class CandidateChannel(CallInvoker calls, IDisposable owner) : IDisposable
{
    internal Echo.EchoClient Client { get; } = new(calls);

    public void Dispose() => owner.Dispose();
}

/// <summary>gRPC over one transport.</summary>
internal abstract class GrpcCandidate(string name) : Candidate(name)
{
    internal override CandidateChannel CreateChannel(string address)
    {
        var channel = CreateChannel(address, new GrpcChannelOptions { MaxReceiveMessageSize = null, MaxSendMessageSize = null });
        return new CandidateChannel(CreateCallInvoker(channel), channel);
    }

    protected virtual CallInvoker CreateCallInvoker(GrpcChannel channel) => channel.CreateCallInvoker();

    protected sealed override void Configure(WebApplicationBuilder builder, string path)
    {
        builder.Services.AddRouting();
        builder.Services.AddGrpc(options => options.MaxReceiveMessageSize = null);
        ConfigureTransport(builder, path);
    }

    protected sealed override void Map(WebApplication server) => server.MapGrpcService<EchoService>();

    protected abstract void ConfigureTransport(WebApplicationBuilder builder, string path);

    protected abstract GrpcChannel CreateChannel(string address, GrpcChannelOptions options);

    /// <summary>A channel over streams from a callback, with a handler like the one that a channel creates for itself.</summary>
    protected static GrpcChannel CreateChannel(GrpcChannelOptions options, Func<CancellationToken, ValueTask<Stream>> connect)
    {
        options.DisposeHttpClient = true;
        options.HttpHandler = new SocketsHttpHandler
        {
            EnableMultipleHttp2Connections = true,
            ConnectCallback = (_, cancellationToken) => connect(cancellationToken),
        };
        return GrpcChannel.ForAddress("http://localhost", options);
    }
}

/// <summary>Kestrel over a Unix socket: as users run it, or with inline completions on the server.</summary>
internal sealed class UnixSocketCandidate(string name, bool inline = false) : GrpcCandidate(name)
{
    protected override void ConfigureTransport(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseSockets(options => options.UnsafePreferInlineScheduling = inline);
        builder.WebHost.ConfigureKestrel(
            kestrel => kestrel.ListenUnixSocket(path, static listen => listen.Protocols = HttpProtocols.Http2));
    }

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options)
        => CreateChannel(options, cancellationToken => ConnectSocketAsync(address, cancellationToken));
}

/// <summary>
/// Shared memory, both sides waiting in the same mode, in HTTP/2 or in direct mode, there also without an HTTP request for each unary call.
/// </summary>
internal sealed class TachyonCandidate(string name, TachyonWaitMode mode, bool isDirect = false, bool skipsHttp = false)
    : GrpcCandidate(name)
{
    internal TachyonWaitMode Mode => mode;

    protected override void ConfigureTransport(WebApplicationBuilder builder, string path)
    {
        builder.WebHost.UseTachyon(options =>
        {
            options.WaitMode = mode;
            options.AllowDirect = isDirect;
        });
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(path));
    }

    protected override GrpcChannel CreateChannel(string address, GrpcChannelOptions options)
    {
        var own = new TachyonChannelOptions
        {
            WaitMode = mode,

            // Never HTTP/2 by mistake.
            Protocol = isDirect ? TachyonProtocol.RequireDirect : TachyonProtocol.Http2,
        };
        return TachyonChannel.ForAddress(address, own, options);
    }

    protected override CallInvoker CreateCallInvoker(GrpcChannel channel)
        => skipsHttp ? TachyonChannel.CreateCallInvoker(channel) : base.CreateCallInvoker(channel);
}
