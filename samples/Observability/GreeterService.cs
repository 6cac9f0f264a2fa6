using Greet;
using Grpc.Core;

namespace Observability;

/// <summary>A plain gRPC service. Nothing in it depends on the transport or on the telemetry.</summary>
internal sealed class GreeterService : Greeter.GreeterBase
{
    public override Task<HelloReply> SayHello(HelloRequest request, ServerCallContext context)
        => Task.FromResult(new HelloReply { Message = $"Hello, {request.Name}!" });
}
