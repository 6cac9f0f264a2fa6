using Google.Protobuf;
using Grpc.Core;

namespace Tachyon.Measuring;

/// <summary>The service of every candidate.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Payload> Unary(Payload request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Download(DownloadRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[request.Size]) };
        for (var i = 0; i < request.Count && !context.CancellationToken.IsCancellationRequested; i++)
        {
            await responseStream.WriteAsync(payload).ConfigureAwait(false);
        }
    }

    public override async Task<UploadReply> Upload(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        long bytes = 0;
        while (await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
        {
            bytes += requestStream.Current.Data.Length;
        }

        return new UploadReply { Bytes = bytes };
    }

    public override async Task PingPong(
        IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken).ConfigureAwait(false))
        {
            await responseStream.WriteAsync(requestStream.Current).ConfigureAwait(false);
        }
    }

    public override Task<Payload> Work(WorkRequest request, ServerCallContext context)
    {
        if (request.BlockMs > 0)
        {
#pragma warning disable RS0030 // Blocking a thread of the pool is what this scenario measures.
            Thread.Sleep(request.BlockMs);
#pragma warning restore RS0030
        }

        ulong state = 88172645463325252;
        for (var i = 0; i < request.Steps; i++)
        {
            // xorshift: each step needs the one before, so a step costs the same few cycles everywhere.
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
        }

        // The reply depends on the result, so that the compiler cannot remove the work.
        return Task.FromResult(new Payload { Data = ByteString.CopyFrom(BitConverter.GetBytes(state)) });
    }
}
