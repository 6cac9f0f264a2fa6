using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using HdrHistogram;

namespace FileTransfer;

/// <summary>What one round over one transport measured.</summary>
internal sealed record RoundResult(
    Transport Transport,
    double UploadMBps, double DownloadMBps, double UnaryP50Us, double UnaryP99Us, double ClientCpuMs, double ServerCpuMs);

/// <summary>One round over one transport: everything up, everything down, then small calls.</summary>
/// <remarks>
/// Hashing takes longer than some transfers, so it is not measured. Both sides keep what they receive and hash it when the clock has
/// stopped: every measured round is verified, by the bytes that were transferred in that round.
/// </remarks>
internal sealed class Round(Transport transport, FileStore.FileStoreClient client, SourceFiles source, ReceivedFiles received)
{
    private const int WarmUpCalls = 300;
    private const int Calls = 4000;

    private static readonly EchoMessage s_message = new() { Payload = ByteString.CopyFrom(new byte[64]) };

    // Ticks of the stopwatch, up to an hour; percentiles are right to three digits.
    private readonly LongHistogram _latencies = new(3600 * Stopwatch.Frequency, 3);

    /// <summary>Runs the round, and a check in the middle of its upload.</summary>
    public async Task<RoundResult> RunAsync(Func<Task>? halfwayUp, CancellationToken cancellationToken)
    {
        // Both sides allocate room for the files before the clock runs.
        await client.PrepareAsync(new PrepareRequest { Bytes = source.Bytes }, cancellationToken: cancellationToken);
        received.Reset(source.Bytes);
        await CallAsync(WarmUpCalls, cancellationToken);
        _latencies.Reset();

        var upload = await MeasureAsync(() => UploadAsync(halfwayUp, cancellationToken));
        Verify("uploading", await client.SummarizeAsync(new SummaryRequest(), cancellationToken: cancellationToken));
        var download = await MeasureAsync(() => DownloadAsync(cancellationToken));
        Verify("downloading", StoredFile.Summarize(received.Files));
        var unary = await MeasureAsync(() => CallAsync(Calls, cancellationToken));

        return new RoundResult(
            transport,
            source.Bytes / upload.Elapsed.TotalMicroseconds,
            source.Bytes / download.Elapsed.TotalMicroseconds,
            _latencies.GetValueAtPercentile(50) * 1e6 / Stopwatch.Frequency,
            _latencies.GetValueAtPercentile(99) * 1e6 / Stopwatch.Frequency,
            (upload.ClientCpu + download.ClientCpu + unary.ClientCpu).TotalMilliseconds,
            (upload.ServerCpu + download.ServerCpu + unary.ServerCpu).TotalMilliseconds);
    }

    private async Task UploadAsync(Func<Task>? halfwayUp, CancellationToken cancellationToken)
    {
        using var call = client.Upload(cancellationToken: cancellationToken);
        long sent = 0;
        foreach (var part in source.Files.SelectMany(file => file.ToParts()))
        {
            await call.RequestStream.WriteAsync(part, cancellationToken);
            sent += part.Chunk.Length;
            if (halfwayUp is not null && sent * 2 >= source.Bytes)
            {
                await halfwayUp();
                halfwayUp = null;
            }
        }

        await call.RequestStream.CompleteAsync();
        await call;
    }

    private async Task DownloadAsync(CancellationToken cancellationToken)
    {
        using var call = client.Download(new DownloadRequest(), cancellationToken: cancellationToken);
        await received.AddAsync(call.ResponseStream, cancellationToken);
    }

    private async Task CallAsync(int calls, CancellationToken cancellationToken)
    {
        for (var call = 0; call < calls; call++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.EchoAsync(s_message, cancellationToken: cancellationToken);
            _latencies.RecordValue(Stopwatch.GetTimestamp() - start);
        }
    }

    private async Task<(TimeSpan Elapsed, TimeSpan ClientCpu, TimeSpan ServerCpu)> MeasureAsync(Func<Task> work)
    {
        var serverCpu = await ServerCpuAsync();
        var clientCpu = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await work();
        return (Stopwatch.GetElapsedTime(start), Environment.CpuUsage.TotalTime - clientCpu, await ServerCpuAsync() - serverCpu);
    }

    private async Task<TimeSpan> ServerCpuAsync() =>
        TimeSpan.FromMicroseconds((await client.GetUsageAsync(new UsageRequest())).Microseconds);

    private void Verify(string direction, TransferSummary arrived)
    {
        if (StoredFile.FirstDifference(source.Summary, arrived) is { } difference)
        {
            throw new SampleException($"Files differ after {direction} over {Transports.NameOf(transport)}: {difference}.");
        }
    }
}
