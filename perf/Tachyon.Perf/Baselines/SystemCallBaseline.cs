using System.Diagnostics;

namespace Tachyon.Perf.Baselines;

/// <summary>What one entry into the kernel costs, and the read of the clock that is part of every sample.</summary>
internal static class SystemCallBaseline
{
    internal static IEnumerable<LatencyRow> Measure(int samples)
    {
        yield return new LatencyRow(PathNames.Clock, Measure<Nothing>(samples), null, "part of every sample below, of no mean");
        yield return new LatencyRow(PathNames.SystemCall, Measure<Bare>(samples), 1, "SuppressGCTransition");
        yield return new LatencyRow(PathNames.SystemCallWithTransition, Measure<Plain>(samples), 1, "with the GC transition");
    }

    private static Latency Measure<TOperation>(int samples)
        where TOperation : struct, IOperation
    {
        var ticks = new long[samples];
        double mean = 0;

        // Several times, with pauses for the compiler that works in the background; the last one counts.
        for (var i = 0; i < 4; i++)
        {
            for (var done = 0; done < samples; done += Loops.Chunk)
            {
                Timed<TOperation>(ticks.AsSpan(done, Math.Min(Loops.Chunk, samples - done)));
            }

            var start = Stopwatch.GetTimestamp();
            for (var done = 0; done < samples; done += Loops.Chunk)
            {
                Untimed<TOperation>(Math.Min(Loops.Chunk, samples - done));
            }

            mean = Stopwatch.GetElapsedTime(start).TotalNanoseconds / samples;
            if (i < 3)
            {
                // Hot methods are queued for the optimizing compiler 100 ms after the last new one was called.
                Thread.Sleep(110);
            }
        }

        return Latency.Of(ticks, mean);
    }

    private static void Timed<TOperation>(Span<long> ticks)
        where TOperation : struct, IOperation
    {
        var last = Stopwatch.GetTimestamp();
        foreach (ref var sample in ticks)
        {
            TOperation.Run();
            var time = Stopwatch.GetTimestamp();
            sample = time - last;
            last = time;
        }
    }

    private static void Untimed<TOperation>(int count)
        where TOperation : struct, IOperation
    {
        for (var i = 0; i < count; i++)
        {
            TOperation.RunUntimed();
        }
    }

    private interface IOperation
    {
        static abstract void Run();

        static abstract void RunUntimed();
    }

    private struct Nothing : IOperation
    {
        // The clock is in the loop already.
        public static void Run()
        {
        }

        public static void RunUntimed() => Stopwatch.GetTimestamp();
    }

    private struct Bare : IOperation
    {
        public static void Run() => _ = Posix.GetParentProcessIdWithoutTransition();

        public static void RunUntimed() => Run();
    }

    private struct Plain : IOperation
    {
        public static void Run() => _ = Posix.GetParentProcessId();

        public static void RunUntimed() => Run();
    }
}
