using Greet;
using Grpc.Core;

namespace Quickstart.Server;

// A plain gRPC service. Nothing in it depends on the transport.
internal sealed class GreeterService : Greeter.GreeterBase
{
    private static readonly string[] s_greetings = ["Hello", "Bonjour", "Hallo", "Hola", "Ciao"];

    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context) =>
        Task.FromResult(Reply("Hello", request.Name));

    public override async Task<HelloReply> SayHelloToAll(IAsyncStreamReader<HelloRequest> requestStream, ServerCallContext context)
    {
        var names = new List<string>();
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            names.Add(request.Name);
        }

        return Reply("Hello", string.Join(", ", names));
    }

    public override async Task SayHelloInManyWays(
        HelloRequest request, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        foreach (var greeting in s_greetings)
        {
            await responseStream.WriteAsync(Reply(greeting, request.Name), context.CancellationToken);
        }
    }

    public override async Task Chat(
        IAsyncStreamReader<HelloRequest> requestStream, IServerStreamWriter<HelloReply> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(Reply("Nice to meet you", request.Name), context.CancellationToken);
        }
    }

    private static HelloReply Reply(string greeting, string name) => new() { Message = $"{greeting}, {name}!" };
}
