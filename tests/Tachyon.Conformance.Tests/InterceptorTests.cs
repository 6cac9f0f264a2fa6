using System.Collections.Concurrent;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Interceptors of either side see every kind of call.</summary>
public sealed class InterceptorTests
{
    [Theory]
    [OverTransports(Spin = false, Invoker = true)]
    public async Task Interceptors_of_both_sides_see_every_kind_of_call(TransportKind transport)
    {
        var seenByServer = new ServerInterceptor();
        await using var server = await TestServer.StartAsync(transport, new TestApplicationOptions
        {
            Services = services => services.AddSingleton(seenByServer),
            Grpc = grpc => grpc.Interceptors.Add<ServerInterceptor>(),
        });
        using var channel = server.CreateChannel();
        var seenByClient = new ClientInterceptor();
        var echo = new Echo.EchoClient(channel.Intercept(seenByClient));

        await echo.UnaryAsync(new Payload()).ResponseAsync.Within("the unary call");
        using var collect = echo.Collect();
        await collect.RequestStream.CompleteAsync().Within("the end of the client's stream");
        await collect.ResponseAsync.Within("the client-streaming call");
        using var expand = echo.Expand(new ExpandRequest());
        Assert.False(await expand.ResponseStream.MoveNext(CancellationToken.None).Within("the server-streaming call"));
        using var duplex = echo.Duplex();
        await duplex.RequestStream.CompleteAsync().Within("the end of the duplex call's stream");
        Assert.False(await duplex.ResponseStream.MoveNext(CancellationToken.None).Within("the duplex call"));

        string[] methods =
        [
            "/tachyon.test.Echo/Unary", "/tachyon.test.Echo/Collect", "/tachyon.test.Echo/Expand", "/tachyon.test.Echo/Duplex",
        ];
        Assert.Equal(methods, seenByClient.Methods);

        // With the header that the client's interceptor added.
        Assert.Equal(methods.Select(static method => method + " from an interceptor"), seenByServer.Methods);
    }

    private sealed class ClientInterceptor : Interceptor
    {
        public ConcurrentQueue<string> Methods { get; } = new();

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
            => continuation(request, Mark(context));

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
            => continuation(Mark(context));

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
            => continuation(request, Mark(context));

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
            => continuation(Mark(context));

        private ClientInterceptorContext<TRequest, TResponse> Mark<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context)
            where TRequest : class
            where TResponse : class
        {
            Methods.Enqueue(context.Method.FullName);
            var headers = new Metadata { { "added", "from an interceptor" } };
            return new ClientInterceptorContext<TRequest, TResponse>(
                context.Method, context.Host, context.Options.WithHeaders(headers));
        }
    }

    private sealed class ServerInterceptor : Interceptor
    {
        public ConcurrentQueue<string> Methods { get; } = new();

        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            Note(context);
            return continuation(request, context);
        }

        public override Task<TResponse> ClientStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            ServerCallContext context,
            ClientStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Note(context);
            return continuation(requestStream, context);
        }

        public override Task ServerStreamingServerHandler<TRequest, TResponse>(
            TRequest request,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            ServerStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Note(context);
            return continuation(request, responseStream, context);
        }

        public override Task DuplexStreamingServerHandler<TRequest, TResponse>(
            IAsyncStreamReader<TRequest> requestStream,
            IServerStreamWriter<TResponse> responseStream,
            ServerCallContext context,
            DuplexStreamingServerMethod<TRequest, TResponse> continuation)
        {
            Note(context);
            return continuation(requestStream, responseStream, context);
        }

        private void Note(ServerCallContext context)
            => Methods.Enqueue($"{context.Method} {context.RequestHeaders.GetValue("added")}");
    }
}
