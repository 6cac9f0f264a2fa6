using FileTransfer.Protocol;
using FileTransfer.Shared;
using Grpc.Core;

namespace FileTransfer.Server;

/// <summary>The service that both endpoints offer. It does not know which of them a call came from.</summary>
internal sealed class FileStoreService(UploadedFiles store) : FileStore.FileStoreBase
{
    public override Task<PrepareReply> Prepare(PrepareRequest request, ServerCallContext context)
    {
        store.Reset(request.Bytes);
        return Task.FromResult(new PrepareReply());
    }

    public override async Task<TransferReceipt> Upload(IAsyncStreamReader<FilePart> requestStream, ServerCallContext context)
    {
        while (await requestStream.MoveNext(context.CancellationToken))
        {
            store.Files.Add(requestStream.Current);
        }

        store.Files.Finish();
        return new TransferReceipt { Files = store.Files.Files.Count, Bytes = store.Files.Bytes };
    }

    public override async Task Download(
        DownloadRequest request, IServerStreamWriter<FilePart> responseStream, ServerCallContext context)
    {
        foreach (var part in FileParts.Of(store.Files.Files))
        {
            await responseStream.WriteAsync(part, context.CancellationToken);
        }
    }

    public override Task<TransferSummary> Compare(TransferSummary request, ServerCallContext context)
    {
        if (FileDigests.FirstDifference(store.Summary, request) is { } difference)
        {
            throw new RpcException(new Status(StatusCode.DataLoss, difference));
        }

        return Task.FromResult(store.Summary);
    }

    public override Task<EchoMessage> Echo(EchoMessage request, ServerCallContext context) => Task.FromResult(request);

    public override Task<UsageReply> GetUsage(UsageRequest request, ServerCallContext context) =>
        Task.FromResult(new UsageReply { Microseconds = (long)Environment.CpuUsage.TotalTime.TotalMicroseconds });

    public override Task<SocketReport> ListSockets(SocketsRequest request, ServerCallContext context) =>
        Task.FromResult(SocketTable.Read());
}
