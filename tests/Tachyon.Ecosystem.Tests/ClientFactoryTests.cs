using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>Grpc.Net.ClientFactory: typed clients from dependency injection.</summary>
public sealed class ClientFactoryTests
{
    [Theory]
    [EachTransport]
    public async Task A_client_of_AddGrpcClient_makes_all_four_kinds_of_calls(TransportKind kind)
    {
        await using var server = await EcosystemServer.StartAsync(
            kind, HttpProtocols.Http2, services => TestApplication.AddTestServices(services), TestApplication.MapTestServices);
        var counter = new CallCounter();
        var collection = new ServiceCollection();
        var builder = collection
            .AddGrpcClient<Echo.EchoClient>(options => options.Address = TestTransport.Address)
            .AddInterceptor(() => counter);
        server.Transport.Attach(builder, server.Path);
        await using var provider = collection.BuildServiceProvider();

        var reply = await provider.GetRequiredService<Echo.EchoClient>().UnaryAsync(Content.Create(1, 10_000)).ResponseAsync.Within();
        Assert.Null(Content.Difference(reply, 1, 10_000));

        var client = provider.GetRequiredService<Echo.EchoClient>();
        using var collect = client.Collect();
        await SendAsync(collect.RequestStream);
        Assert.Equal(3, (await collect.ResponseAsync.Within()).Messages);

        using var expand = client.Expand(new ExpandRequest { Messages = 3, Size = 1_000 });
        await ReceiveAsync(expand.ResponseStream);

        using var duplex = client.Duplex();
        await SendAsync(duplex.RequestStream);
        await ReceiveAsync(duplex.ResponseStream);

        Assert.Equal(1, counter.UnaryCalls);
    }

    private static async Task SendAsync(IClientStreamWriter<Payload> requests)
    {
        for (var index = 0; index < 3; index++)
        {
            await requests.WriteAsync(Content.Create(index, 1_000)).Within();
        }

        await requests.CompleteAsync().Within();
    }

    private static async Task ReceiveAsync(IAsyncStreamReader<Payload> responses)
    {
        for (var index = 0; index < 3; index++)
        {
            Assert.True(await responses.MoveNext().Within());
            Assert.Null(Content.Difference(responses.Current, index, 1_000));
        }

        Assert.False(await responses.MoveNext().Within());
    }

    private sealed class CallCounter : Interceptor
    {
        public int UnaryCalls { get; private set; }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            UnaryCalls++;
            return continuation(request, context);
        }
    }
}
