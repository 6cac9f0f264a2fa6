using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Calls that stay open until the test lets them go or they are cancelled.</summary>
public sealed class HoldService(ServerProbe probe) : Hold.HoldBase
{
    public override async Task<Payload> Unary(Payload request, ServerCallContext context)
    {
        await WaitAsync(context);
        return request;
    }

    public override async Task<Payload> ClientStream(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        await WaitAsync(context);
        return new Payload();
    }

    public override async Task ServerStream(Payload request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(request, context.CancellationToken);
        await WaitAsync(context);
    }

    public override async Task Duplex(
        IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await responseStream.WriteAsync(new Payload(), context.CancellationToken);
        await WaitAsync(context);
    }

    private Task WaitAsync(ServerCallContext context)
    {
        var call = probe.Call(context);
        return call.RunAsync(context, () => call.WaitForReleaseAsync(context.CancellationToken));
    }
}
