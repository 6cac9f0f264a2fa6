using Google.Protobuf;
using Grpc.Core;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>The same service behind both transports.</summary>
internal sealed class BenchService : Bench.BenchBase
{
    public override Task<Payload> Unary(Payload request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Download(DownloadRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[request.Size]) };
        while (!context.CancellationToken.IsCancellationRequested)
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
}
