using System.IO.Compression;
using System.Net.Sockets;
using Grpc.Abstractions.Tests.Echo;
using Grpc.AspNetCore.Server;
using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Grpc.Abstractions.Tests.EndToEnd;

/// <summary>The real server library on a Unix socket of this process, and channels of the real client library to it.</summary>
public sealed class EchoServer : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("abs").FullName;
    private WebApplication? _app;

    private string SocketPath => Path.Combine(_directory, "echo.sock");

    public async Task InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.ConfigureKestrel(kestrel =>
            kestrel.ListenUnixSocket(SocketPath, listen => listen.Protocols = HttpProtocols.Http2));
        builder.Services.AddGrpc(grpc =>
        {
            grpc.ResponseCompressionAlgorithm = "gzip";
            grpc.ResponseCompressionLevel = CompressionLevel.Optimal;
            grpc.Interceptors.Add<MarkingServerInterceptor>();
        });
        _app = builder.Build();
        _app.MapGrpcService<EchoImplementation>();
        await _app.StartAsync();
    }

    public async Task DisposeAsync()
    {
        if (_app is not null)
        {
            await _app.DisposeAsync();
        }

        Directory.Delete(_directory, recursive: true);
    }

    /// <summary>A new channel; its handler also shows the test what was sent over HTTP.</summary>
    public GrpcChannel CreateChannel(ChannelCredentials? credentials = null, HttpHeaderProbe? probe = null)
    {
        var sockets = new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancellationToken) =>
            {
                var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                try
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(SocketPath), cancellationToken);
                    return new NetworkStream(socket, ownsSocket: true);
                }
                catch
                {
                    socket.Dispose();
                    throw;
                }
            },
        };
        probe?.InnerHandler = sockets;
        return GrpcChannel.ForAddress("http://localhost", new GrpcChannelOptions
        {
            HttpHandler = probe ?? (HttpMessageHandler)sockets,
            DisposeHttpClient = true,
            Credentials = credentials ?? ChannelCredentials.Insecure,
            UnsafeUseInsecureChannelCallCredentials = true,
        });
    }
}

/// <summary>Keeps the HTTP headers of the last call.</summary>
public sealed class HttpHeaderProbe : DelegatingHandler
{
    public string? RequestEncoding { get; private set; }

    public string? ResponseEncoding { get; private set; }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        RequestEncoding = request.Headers.TryGetValues("grpc-encoding", out var sent) ? sent.Single() : null;
        var response = await base.SendAsync(request, cancellationToken);
        ResponseEncoding = response.Headers.TryGetValues("grpc-encoding", out var received) ? received.Single() : null;
        return response;
    }
}

/// <summary>Leaves a trailer on each kind of call, to show that the server asks its interceptors.</summary>
public sealed class MarkingServerInterceptor : Core.Interceptors.Interceptor
{
    public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
        TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
    {
        context.ResponseTrailers.Add("intercepted", "unary");
        return base.UnaryServerHandler(request, context, continuation);
    }

    public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        ServerCallContext context,
        ClientStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.ResponseTrailers.Add("intercepted", "client");
        return base.ClientStreamingServerHandler(requestStream, context, continuation);
    }

    public override Task ServerStreamingServerHandler<TRequest, TResponse>(
        TRequest request,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        ServerStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.ResponseTrailers.Add("intercepted", "server");
        return base.ServerStreamingServerHandler(request, responseStream, context, continuation);
    }

    public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
        IAsyncStreamReader<TRequest> requestStream,
        IServerStreamWriter<TResponse> responseStream,
        ServerCallContext context,
        DuplexStreamingServerMethod<TRequest, TResponse> continuation)
    {
        context.ResponseTrailers.Add("intercepted", "duplex");
        return base.DuplexStreamingServerHandler(requestStream, responseStream, context, continuation);
    }
}
