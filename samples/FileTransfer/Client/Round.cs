using FileTransfer.Protocol;
using FileTransfer.Shared;
using Grpc.Core;

namespace FileTransfer.Client;

/// <summary>
/// One round over one transport: everything up, everything down, then small calls.
/// </summary>
/// <remarks>
/// Hashing takes longer than some transfers, so it is not in the measured part. Both sides keep what they receive, and hash and compare it
/// when the clock has stopped. So no measured round is without its check: what is compared are the bytes that crossed in that round.
/// </remarks>
internal sealed class Round(
    Transport transport, FileStore.FileStoreClient client, SourceFiles source, ReceivedFiles received, ProgressReporter progress)
{
    /// <summary>Is called in the middle of the upload.</summary>
    public Func<Task>? HalfwayUp { get; init; }

    public async Task<RoundResult> RunAsync(string title, CancellationToken cancellationToken)
    {
        var meter = new CostMeter(client);
        var latency = new UnaryLatency(client);

        // Room for the files is made on both sides before the clock runs.
        await client.PrepareAsync(new PrepareRequest { Bytes = source.Bytes }, cancellationToken: cancellationToken);
        received.Reset(source.Bytes);
        await latency.WarmUpAsync(cancellationToken);

        progress.Begin($"{title}, up");
        var upload = await meter.MeasureAsync(() => UploadAsync(cancellationToken));
        await CompareAsync("uploading", source.Summary, cancellationToken);

        progress.Begin($"{title}, down");
        var download = await meter.MeasureAsync(() => DownloadAsync(cancellationToken));
        await CompareAsync("downloading", FileDigests.Of(received.Files), cancellationToken);

        progress.Begin($"{title}, small calls");
        var unary = await meter.MeasureAsync(() => latency.RunAsync(cancellationToken));

        return new RoundResult(
            transport,
            MegabytesPerSecond(upload),
            MegabytesPerSecond(download),
            latency.Percentile(50),
            latency.Percentile(99),
            (upload.ClientCpu + download.ClientCpu + unary.ClientCpu).TotalMilliseconds,
            (upload.ServerCpu + download.ServerCpu + unary.ServerCpu).TotalMilliseconds);
    }

    private async Task UploadAsync(CancellationToken cancellationToken)
    {
        using var call = client.Upload(cancellationToken: cancellationToken);
        var halfway = HalfwayUp;
        long sent = 0;
        foreach (var part in FileParts.Of(source.Files))
        {
            await call.RequestStream.WriteAsync(part, cancellationToken);
            sent += part.Chunk.Length;
            progress.Add(part.Chunk.Length);
            if (halfway is not null && sent * 2 >= source.Bytes)
            {
                await halfway();
                halfway = null;
            }
        }

        await call.RequestStream.CompleteAsync();
        var receipt = await call;
        if (receipt.Files != source.Files.Count || receipt.Bytes != source.Bytes)
        {
            throw Difference("uploading", $"{receipt.Files} files with {receipt.Bytes} bytes arrived");
        }
    }

    private async Task DownloadAsync(CancellationToken cancellationToken)
    {
        using var call = client.Download(new DownloadRequest(), cancellationToken: cancellationToken);
        while (await call.ResponseStream.MoveNext(cancellationToken))
        {
            var part = call.ResponseStream.Current;
            received.Add(part);
            progress.Add(part.Chunk.Length);
        }

        received.Finish();
    }

    // Three hashes must agree for each file: of what this side read from the disk, of what it holds, and of what the server holds.
    private async Task CompareAsync(string direction, TransferSummary mine, CancellationToken cancellationToken)
    {
        if (FileDigests.FirstDifference(source.Summary, mine) is { } damage)
        {
            throw Difference(direction, damage);
        }

        TransferSummary theirs;
        try
        {
            theirs = await client.CompareAsync(mine, cancellationToken: cancellationToken);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.DataLoss)
        {
            throw Difference(direction, $"the server says: {exception.Status.Detail}");
        }

        if (FileDigests.FirstDifference(mine, theirs) is { } difference)
        {
            throw Difference(direction, difference);
        }
    }

    private SampleException Difference(string direction, string what) =>
        new($"Files differ after {direction} over {Transports.NameOf(transport)}: {what}.");

    private double MegabytesPerSecond(Cost cost) => source.Bytes / 1e6 / cost.Elapsed.TotalSeconds;
}
