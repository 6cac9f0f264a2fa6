using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;
using HdrHistogram;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>One thing that is measured, for a given time, over one transport.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Measures">The quantities that one run gives.</param>
/// <param name="RunAsync">One run.</param>
internal sealed record Scenario(string Name, Measure[] Measures, Func<Bench.BenchClient, TimeSpan, CancellationToken, Task<double[]>> RunAsync)
{
    private const int Small = 64;
    private const int Large = 64 * 1024;

    internal static readonly Scenario[] All =
    [
        new("unary 64 B, 1 at a time", [Measure.Rate, Measure.Median], static (client, time, stop) => UnaryAsync(client, Small, 1, time, stop)),
        new("unary 64 B, 16 at a time", [Measure.Rate, Measure.Median], static (client, time, stop) => UnaryAsync(client, Small, 16, time, stop)),
        new("unary 64 KiB, 1 at a time", [Measure.Rate, Measure.Median], static (client, time, stop) => UnaryAsync(client, Large, 1, time, stop)),
        new("upload, 64 KiB messages", [Measure.Throughput], UploadAsync),
        new("download, 64 KiB messages", [Measure.Throughput], DownloadAsync),
    ];

    private static async Task<double[]> UnaryAsync(Bench.BenchClient client, int size, int inFlight, TimeSpan time, CancellationToken stop)
    {
        Payload request = Bytes(size);
        var latencies = new List<long>[inFlight];
        long start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, inFlight).Select(worker => Task.Run(
            async () =>
            {
                List<long> own = latencies[worker] = [];
                do
                {
                    long begin = Stopwatch.GetTimestamp();
                    Payload reply = await client.UnaryAsync(request, cancellationToken: stop).ConfigureAwait(false);
                    own.Add(Stopwatch.GetTimestamp() - begin);
                    Check(reply.Data.Length, size);
                }
                while (Stopwatch.GetElapsedTime(start) < time);
            },
            stop))).ConfigureAwait(false);
        double seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
        LongHistogram ticks = Latencies.NewHistogram();
        foreach (long latency in latencies.SelectMany(static own => own))
        {
            ticks.RecordValue(latency);
        }

        return [ticks.TotalCount / seconds, Latencies.Microseconds(ticks.GetValueAtPercentile(50))];
    }

    private static async Task<double[]> UploadAsync(Bench.BenchClient client, TimeSpan time, CancellationToken stop)
    {
        Payload request = Bytes(Large);
        using AsyncClientStreamingCall<Payload, UploadReply> call = client.Upload(cancellationToken: stop);
        long start = Stopwatch.GetTimestamp();
        long sent = 0;
        do
        {
            await call.RequestStream.WriteAsync(request, stop).ConfigureAwait(false);
            sent += Large;
        }
        while (Stopwatch.GetElapsedTime(start) < time);

        await call.RequestStream.CompleteAsync().ConfigureAwait(false);
        UploadReply reply = await call.ResponseAsync.ConfigureAwait(false);
        Check(reply.Bytes, sent);
        return [sent / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6];
    }

    private static async Task<double[]> DownloadAsync(Bench.BenchClient client, TimeSpan time, CancellationToken stop)
    {
        using AsyncServerStreamingCall<Payload> call = client.Download(new DownloadRequest { Size = Large }, cancellationToken: stop);
        long start = Stopwatch.GetTimestamp();
        long received = 0;
        do
        {
            if (!await call.ResponseStream.MoveNext(stop).ConfigureAwait(false))
            {
                throw new ToolException("The server ended a stream that has no end.");
            }

            Check(call.ResponseStream.Current.Data.Length, Large);
            received += Large;
        }
        while (Stopwatch.GetElapsedTime(start) < time);

        // Disposing the call cancels it: the server stops.
        return [received / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e6];
    }

    private static Payload Bytes(int size) => new() { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };

    private static void Check(long actual, long expected)
    {
        if (actual != expected)
        {
            throw new ToolException($"The server answered with {actual} bytes instead of {expected}.");
        }
    }
}

/// <summary>A quantity.</summary>
/// <param name="Name">What it is.</param>
/// <param name="Unit">Its unit.</param>
/// <param name="LessIsBetter">Whether a small value is the good one.</param>
internal sealed record Measure(string Name, string Unit, bool LessIsBetter)
{
    internal static readonly Measure Rate = new("rate", "calls/s", LessIsBetter: false);
    internal static readonly Measure Median = new("p50", "us", LessIsBetter: true);
    internal static readonly Measure Throughput = new("throughput", "MB/s", LessIsBetter: false);
}
