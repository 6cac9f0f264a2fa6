using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Sends back what it gets, and the request's <c>echo-</c> headers as response headers and trailers.</summary>
public sealed class EchoService : Echo.EchoBase
{
    public override async Task<Payload> Unary(Payload request, ServerCallContext context)
    {
        await MetadataEcho.WriteAsync(context);
        return request;
    }

    public override async Task<Summary> Collect(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        await MetadataEcho.WriteAsync(context);
        return await SummarizeAsync(requestStream, context.CancellationToken);
    }

    public override async Task Expand(ExpandRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await MetadataEcho.WriteAsync(context);
        for (var index = 0; index < request.Messages; index++)
        {
            await responseStream.WriteAsync(Content.Create(index, request.Size), context.CancellationToken);
        }
    }

    public override async Task Duplex(
        IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await MetadataEcho.WriteAsync(context);
        await foreach (var payload in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await responseStream.WriteAsync(payload, context.CancellationToken);
        }
    }

    internal static async Task<Summary> SummarizeAsync(IAsyncStreamReader<Payload> requests, CancellationToken cancellationToken)
    {
        var summary = new Summary { Checksum = Content.EmptyChecksum };
        await foreach (var payload in requests.ReadAllAsync(cancellationToken))
        {
            summary.Messages++;
            summary.Bytes += payload.Data.Length;
            summary.Checksum = Content.Checksum(summary.Checksum, payload);
        }

        return summary;
    }
}
