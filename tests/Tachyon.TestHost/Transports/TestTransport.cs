using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.TestHost.Transports;

/// <summary>One way to connect a client to a Kestrel server by a path in the file system.</summary>
public abstract class TestTransport
{
    /// <summary>Where calls go as far as HTTP is concerned: the transport replaces the connection below it.</summary>
    public static Uri Address { get; } = new("http://localhost");

    public static Uri SecureAddress { get; } = new("https://localhost");

    public static TestTransport For(TransportKind kind) => kind switch
    {
        TransportKind.UnixSocket => new UnixSocketTransport(),
        TransportKind.Adaptive => new TachyonTransport(TachyonWaitMode.Adaptive),
        TransportKind.Park => new TachyonTransport(TachyonWaitMode.Park),
        TransportKind.Spin => new TachyonTransport(TachyonWaitMode.Spin),
        TransportKind.Direct => new TachyonTransport(TachyonWaitMode.Adaptive, TachyonProtocol.PreferDirect),
        TransportKind.SharedMemoryOff => new TachyonTransport(TachyonWaitMode.Adaptive, sharedMemory: false),
        TransportKind.SharedMemoryOffAtServer => new MixedTransport(For(TransportKind.SharedMemoryOff), For(TransportKind.Adaptive)),
        TransportKind.Invoker => new InvokerTransport(),
        TransportKind.SocketClient => new MixedTransport(For(TransportKind.Adaptive), For(TransportKind.UnixSocket)),
        TransportKind.SocketOnlyServer => new MixedTransport(For(TransportKind.UnixSocket), For(TransportKind.Adaptive)),
        _ => throw new ArgumentOutOfRangeException(nameof(kind), kind, message: null),
    };

    /// <summary>
    /// Registers the transport and an endpoint at <paramref name="path"/>; HTTP/2 unless <paramref name="configure"/> says otherwise.
    /// </summary>
    public abstract void Listen(IWebHostBuilder web, string path, Action<ListenOptions>? configure);

    /// <summary>Makes a handler of the caller connect to <paramref name="path"/>.</summary>
    public abstract SocketsHttpHandler Attach(SocketsHttpHandler handler, string path, ClientTuning tuning);

    public SocketsHttpHandler Attach(SocketsHttpHandler handler, string path) => Attach(handler, path, ClientTuning.Default);

    /// <summary>Makes the clients of a factory connect to <paramref name="path"/>.</summary>
    public virtual void Attach(IHttpClientBuilder builder, string path)
        => builder.UseSocketsHttpHandler((handler, _) => Attach(handler, path));

    /// <summary>A channel as a user of the transport would make it.</summary>
    public virtual GrpcChannel CreateChannel(string path, GrpcChannelOptions? options = null, ClientTuning? tuning = null)
    {
        var handler = Attach(new SocketsHttpHandler { EnableMultipleHttp2Connections = true }, path, tuning ?? ClientTuning.Default);
        return CreateChannel(handler, options);
    }

    /// <summary>How clients of a channel make their calls.</summary>
    public virtual CallInvoker CreateCallInvoker(GrpcChannel channel) => channel.CreateCallInvoker();

    /// <summary>A channel over a handler that <see cref="Attach(SocketsHttpHandler, string)"/> returned.</summary>
    public static GrpcChannel CreateChannel(SocketsHttpHandler handler, GrpcChannelOptions? options = null, Uri? address = null)
    {
        options = WithoutSizeLimit(options);
        options.HttpHandler = handler;
        options.DisposeHttpClient = true;
        return GrpcChannel.ForAddress(address ?? Address, options);
    }

    /// <summary>The largest messages of the suite are above gRPC's default of 4 MiB.</summary>
    protected static GrpcChannelOptions WithoutSizeLimit(GrpcChannelOptions? options)
    {
        options ??= new GrpcChannelOptions();
        options.MaxReceiveMessageSize = null;
        options.MaxSendMessageSize = null;
        return options;
    }
}
