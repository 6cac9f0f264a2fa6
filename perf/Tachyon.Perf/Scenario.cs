using System.Diagnostics;
using Google.Protobuf;
using Grpc.Core;

namespace Tachyon.Perf;

/// <summary>What one round of a scenario showed.</summary>
internal readonly record struct Sample(double PerSecond, double P50, double P99, double CpuPerOperation);

/// <summary>One thing that is measured. Latencies in microseconds; the rate in calls/s, or MB/s for streams.</summary>
internal sealed record Scenario(string Name, string Unit, Func<Echo.EchoClient, TimeSpan, Task<(double Rate, double Operations, List<long> Ticks)>> Run)
{
    internal static readonly IReadOnlyList<Scenario> All =
    [
        Unary("unary 64 B x1", 64, 1),
        Unary("unary 64 B x16", 64, 16),
        Unary("unary 64 B x64", 64, 64),
        Unary("unary 64 KiB x1", 65_536, 1),
        Unary("unary 1 MiB x1", 1_048_576, 1),
        new("ping-pong 64 B", "calls/s", PingPongAsync),
        new("download 64 KiB", "MB/s", DownloadAsync),
        new("upload 64 KiB", "MB/s", UploadAsync),
        new("paced 4 ms", "calls/s", PacedAsync),
    ];

    private static Scenario Unary(string name, int size, int inFlight)
        => new(name, "calls/s", async (client, duration) =>
        {
            var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[size]) };
            long start = Stopwatch.GetTimestamp();
            var ticks = new List<long>[inFlight];
            await Task.WhenAll(Enumerable.Range(0, inFlight).Select(i => Task.Run(async () =>
            {
                List<long> mine = ticks[i] = [];
                while (Stopwatch.GetElapsedTime(start) < duration)
                {
                    long begin = Stopwatch.GetTimestamp();
                    await client.UnaryAsync(payload);
                    mine.Add(Stopwatch.GetTimestamp() - begin);
                }
            })));
            List<long> all = [.. ticks.SelectMany(list => list)];
            return (all.Count / Stopwatch.GetElapsedTime(start).TotalSeconds, all.Count, all);
        });

    private static async Task<(double, double, List<long>)> PingPongAsync(Echo.EchoClient client, TimeSpan duration)
    {
        var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[64]) };
        List<long> ticks = [];
        using AsyncDuplexStreamingCall<Payload, Payload> call = client.PingPong();
        long start = Stopwatch.GetTimestamp();
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            long begin = Stopwatch.GetTimestamp();
            await call.RequestStream.WriteAsync(payload);
            await call.ResponseStream.MoveNext(default);
            ticks.Add(Stopwatch.GetTimestamp() - begin);
        }

        await call.RequestStream.CompleteAsync();
        return (ticks.Count / Stopwatch.GetElapsedTime(start).TotalSeconds, ticks.Count, ticks);
    }

    private static async Task<(double, double, List<long>)> DownloadAsync(Echo.EchoClient client, TimeSpan duration)
    {
        long start = Stopwatch.GetTimestamp();
        long bytes = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            using AsyncServerStreamingCall<Payload> call = client.Download(new DownloadRequest { Size = 65_536, Count = 1_000 });
            while (await call.ResponseStream.MoveNext(default))
            {
                bytes += call.ResponseStream.Current.Data.Length;
            }
        }

        return (bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds, bytes / 65_536.0, []);
    }

    private static async Task<(double, double, List<long>)> UploadAsync(Echo.EchoClient client, TimeSpan duration)
    {
        var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[65_536]) };
        long start = Stopwatch.GetTimestamp();
        long bytes = 0;
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            using AsyncClientStreamingCall<Payload, UploadReply> call = client.Upload();
            for (int i = 0; i < 1_000; i++)
            {
                await call.RequestStream.WriteAsync(payload);
            }

            await call.RequestStream.CompleteAsync();
            bytes += (await call).Bytes;
        }

        return (bytes / 1e6 / Stopwatch.GetElapsedTime(start).TotalSeconds, bytes / 65_536.0, []);
    }

    private static async Task<(double, double, List<long>)> PacedAsync(Echo.EchoClient client, TimeSpan duration)
    {
        var payload = new Payload { Data = UnsafeByteOperations.UnsafeWrap(new byte[64]) };
        List<long> ticks = [];
        long start = Stopwatch.GetTimestamp();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(4));
        while (Stopwatch.GetElapsedTime(start) < duration)
        {
            await timer.WaitForNextTickAsync();
            long begin = Stopwatch.GetTimestamp();
            await client.UnaryAsync(payload);
            ticks.Add(Stopwatch.GetTimestamp() - begin);
        }

        return (ticks.Count / Stopwatch.GetElapsedTime(start).TotalSeconds, ticks.Count, ticks);
    }
}
