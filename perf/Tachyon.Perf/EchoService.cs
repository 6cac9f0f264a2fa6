using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;

namespace Tachyon.Perf;

/// <summary>The same service for every transport.</summary>
internal sealed class EchoService : Echo.EchoBase
{
    public override Task<Payload> Unary(Payload request, ServerCallContext context) => Task.FromResult(request);

    public override async Task Download(DownloadRequest request, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[request.Size]) };
        for (int i = 0; i < request.Count; i++)
        {
            await responseStream.WriteAsync(payload);
        }
    }

    public override async Task<UploadReply> Upload(IAsyncStreamReader<Payload> requestStream, ServerCallContext context)
    {
        long bytes = 0;
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            bytes += requestStream.Current.Data.Length;
        }

        return new UploadReply { Bytes = bytes };
    }

    public override async Task PingPong(
        IAsyncStreamReader<Payload> requestStream, IServerStreamWriter<Payload> responseStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            await responseStream.WriteAsync(requestStream.Current);
        }
    }

    public override Task<UsageReply> Usage(UsageRequest request, ServerCallContext context)
        => Task.FromResult(new UsageReply { CpuUs = (long)Process.GetCurrentProcess().TotalProcessorTime.TotalMicroseconds });
}
