using System.Diagnostics;
using FileTransfer.Protocol;
using Google.Protobuf;
using HdrHistogram;

namespace FileTransfer.Client;

/// <summary>How long the smallest calls take, one after the other.</summary>
internal sealed class UnaryLatency(FileStore.FileStoreClient client)
{
    private const int WarmUpCalls = 300;
    private const int Calls = 4000;

    // The histogram refuses longer values. Three digits: percentiles are right to 0.1 %.
    private const int LongestSeconds = 3600;
    private const int Digits = 3;

    private static readonly EchoMessage Message = new() { Payload = ByteString.CopyFrom(new byte[64]) };

    // Ticks of the stopwatch. All memory is allocated here; recording allocates nothing.
    private readonly LongHistogram _ticks = new(LongestSeconds * Stopwatch.Frequency, Digits);

    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        for (var call = 0; call < WarmUpCalls; call++)
        {
            await client.EchoAsync(Message, cancellationToken: cancellationToken);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        _ticks.Reset();
        for (var call = 0; call < Calls; call++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.EchoAsync(Message, cancellationToken: cancellationToken);
            _ticks.RecordValue(Stopwatch.GetTimestamp() - start);
        }
    }

    public double Percentile(double percent) => _ticks.GetValueAtPercentile(percent) * 1e6 / Stopwatch.Frequency;
}
