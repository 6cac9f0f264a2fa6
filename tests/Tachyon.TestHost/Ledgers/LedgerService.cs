using Grpc.Core;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Ledgers;

/// <summary>The echo service with a record: what it acknowledges has been recorded before.</summary>
public sealed class LedgerService(Ledger ledger) : Echo.EchoBase
{
    public override Task<Payload> Unary(Payload request, ServerCallContext context)
    {
        ledger.Record(request);
        return Task.FromResult(request);
    }

    public override async Task<Summary> Collect(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        var summary = new Summary { Checksum = Content.EmptyChecksum };
        await foreach (var payload in requestStream.ReadAllAsync(context.CancellationToken))
        {
            ledger.Record(payload);
            summary.Messages++;
            summary.Bytes += payload.Data.Length;
            summary.Checksum = Content.Checksum(summary.Checksum, payload);
        }

        return summary;
    }

    public override async Task Expand(ExpandRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        for (var index = 0; index < request.Messages; index++)
        {
            await responseStream.WriteAsync(Content.Create(index, request.Size), context.CancellationToken);
        }
    }

    public override async Task Duplex(
        IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await foreach (var payload in requestStream.ReadAllAsync(context.CancellationToken))
        {
            ledger.Record(payload);
            await responseStream.WriteAsync(payload, context.CancellationToken);
        }
    }
}
