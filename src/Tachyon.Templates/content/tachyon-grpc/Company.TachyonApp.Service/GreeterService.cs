using Company.TachyonApp.Contract;
using Grpc.Core;

namespace Company.TachyonApp.Service;

/// <summary>A plain gRPC service. Nothing in it depends on the transport.</summary>
public sealed class GreeterService : Greeter.GreeterBase
{
    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context)
        => Task.FromResult(new HelloReply { Message = $"Hello, {request.Name}!" });
}
