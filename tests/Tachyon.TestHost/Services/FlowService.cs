using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Traffic without an end of its own; the probe counts the messages.</summary>
/// <remarks>
/// The endless writers yield for each message. Once a call is aborted Kestrel completes its writes at once, and tells its token by a work
/// item of the pool: handlers that compute and write without a pause hold all threads of a small pool by then, and nothing runs, over any
/// transport, until the pool has added as many (at full load it waits a second for each thread that it has).
/// </remarks>
public sealed class FlowService(ServerProbe probe) : Flow.FlowBase
{
    public override Task Flood(FloodRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var call = probe.Call(context);
        return call.RunAsync(context, async () =>
        {
            for (var index = 0; request.Messages == 0 || index < request.Messages; index++)
            {
                await Task.Yield();
                await responseStream.WriteAsync(Content.Create(index, request.Size), context.CancellationToken);
                call.CountWritten();
            }
        });
    }

    public override async Task<Summary> Drain(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        var call = probe.Call(context);
        var summary = new Summary { Checksum = Content.EmptyChecksum };
        await call.RunAsync(context, async () =>
        {
            await foreach (var payload in requestStream.ReadAllAsync(context.CancellationToken))
            {
                call.CountRead();
                summary.Messages++;
                summary.Bytes += payload.Data.Length;
            }
        });
        return summary;
    }

    public override Task Both(
        IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var call = probe.Call(context);
        return call.RunAsync(context, async () =>
        {
            var reading = ReadAsync();
            for (var index = 0; !reading.IsCompleted; index++)
            {
                await Task.Yield();
                await responseStream.WriteAsync(Content.Create(index, 4096), context.CancellationToken);
                call.CountWritten();
            }

            await reading;
        });

        async Task ReadAsync()
        {
            await foreach (var _ in requestStream.ReadAllAsync(context.CancellationToken))
            {
                call.CountRead();
            }
        }
    }
}
