using Greet;
using Grpc.Core;
using Microsoft.AspNetCore.Http;
using Tachyon.AspNetCore;

namespace Sidecar.App;

/// <summary>A plain gRPC service whose replies name the transport of the caller.</summary>
internal sealed class GreeterService : Greeter.GreeterBase
{
    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context)
        => Task.FromResult(Reply("Hello", request.Name, context));

    public override async Task<HelloReply> SayHelloToAll(IAsyncStreamReader<HelloRequest> requestStream, ServerCallContext context)
    {
        var names = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            names.Add(request.Name);
        }

        return Reply("Hello", string.Join(" and ", names), context);
    }

    public override async Task SayHelloInManyWays(
        HelloRequest request, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        foreach (var greeting in new[] { "Bonjour", "Hallo", "Hola" })
        {
            await responseStream.WriteAsync(Reply(greeting, request.Name, context), context.CancellationToken);
        }
    }

    public override async Task Chat(
        IAsyncStreamReader<HelloRequest> requestStream, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(Reply("Nice to meet you", request.Name, context), context.CancellationToken);
        }
    }

    private static HelloReply Reply(string greeting, string name, ServerCallContext context)
        => new() { Message = $"{greeting}, {name}! You came {Way(context.GetHttpContext())}." };

    // From the kernel, not from the caller. Behind a proxy it is the identity of the proxy.
    private static string Way(HttpContext context)
    {
        var over = context.Features.Get<ITachyonConnectionFeature>() is null ? "by the socket" : "over shared memory";
        return context.Features.Get<ITachyonPeerFeature>() is { } feature
            ? $"{over} as process {feature.Peer.ProcessId} of user {feature.Peer.UserId}"
            : over;
    }
}
