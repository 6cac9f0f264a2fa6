using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>The probe for clients in other processes.</summary>
public sealed class WatchService(ServerProbe probe) : Watch.WatchBase
{
    public override async Task<Nothing> Started(WatchedCall request, ServerCallContext context)
    {
        await probe.Call(request.CallId).Started.WaitAsync(context.CancellationToken);
        return new Nothing();
    }

    public override async Task<WatchedEnd> Ended(WatchedCall request, ServerCallContext context)
    {
        var call = probe.Call(request.CallId);
        await call.Finished.WaitAsync(context.CancellationToken);
        return new WatchedEnd
        {
            Cancelled = call.Cancelled.IsCompleted,
            Deadline = new DateTimeOffset(call.Deadline).ToUnixTimeMilliseconds(),
        };
    }
}
