using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Ends each call with the status that the request asks for.</summary>
public sealed class OutcomeService : Outcome.OutcomeBase
{
    public override Task<Payload> Unary(OutcomeRequest request, ServerCallContext context)
    {
        End(request, context);
        return Task.FromResult(new Payload());
    }

    public override async Task<Payload> ClientStream(IAsyncStreamReader<OutcomeRequest> requestStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            // The first request decides; the rest of the client's stream is left unread.
            End(request, context);
        }

        return new Payload();
    }

    public override async Task ServerStream(
        OutcomeRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await WriteAsync(request, responseStream, context);
        End(request, context);
    }

    public override async Task Duplex(
        IAsyncStreamReader<OutcomeRequest> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        await foreach (var request in requestStream.ReadAllAsync(context.CancellationToken))
        {
            await WriteAsync(request, responseStream, context);
            End(request, context);
        }
    }

    private static async Task WriteAsync(OutcomeRequest request, IServerStreamWriter<Payload> responses, ServerCallContext context)
    {
        for (var index = 0; index < request.Messages; index++)
        {
            await responses.WriteAsync(new Payload { Index = index }, context.CancellationToken);
        }
    }

    private static void End(OutcomeRequest request, ServerCallContext context)
    {
        MetadataEcho.CopyTrailers(context);
        if (!request.StatusDetails.IsEmpty)
        {
            context.ResponseTrailers.Add("grpc-status-details-bin", request.StatusDetails.ToByteArray());
        }

        if (request.Status != (int)StatusCode.OK)
        {
            throw new RpcException(new Status((StatusCode)request.Status, request.Detail));
        }
    }
}
