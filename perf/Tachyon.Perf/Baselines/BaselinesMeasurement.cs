using System.Diagnostics;
using Tachyon.Measuring;

namespace Tachyon.Perf.Baselines;

/// <summary>Measures the lowest cost of a message between two processes, for each way.</summary>
internal sealed class BaselinesMeasurement(BaselinesOptions options)
{
    private static readonly int[] s_writeSizes = [64 * 1024, 1024 * 1024];

    private readonly List<LatencyRow> _latencies = [];
    private readonly List<StreamRow> _streams = [];

    /// <summary>Measures what the options ask for. Prints nothing.</summary>
    /// <exception cref="MeasurementException">A peer process died, for example.</exception>
    internal static Task<BaselinesResult> MeasureAsync(BaselinesOptions options)
    {
        // On its own thread: it blocks and spins.
        return Task.Factory.StartNew(
            () => new BaselinesMeasurement(options).Run(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private BaselinesResult Run()
    {
        var directory = Directory.CreateTempSubdirectory("tachyon-baselines-");
        var paths = new List<BaselinePath>();
        try
        {
            if (options.Paths.HasFlag(BaselinePaths.SystemCall))
            {
                options.Progress?.Invoke(PathNames.SystemCall);
                _latencies.AddRange(SystemCallBaseline.Measure(options.Samples));
            }

            var pipe = Open(paths, BaselinePaths.Pipe, BaselinePath.OpenPipe);
            var unix = Open(
                paths, BaselinePaths.UnixSocket, () => BaselinePath.OpenUnixSocket(directory.FullName));
            var tcp = Open(paths, BaselinePaths.Tcp, BaselinePath.OpenTcp);
            var parked = Open(
                paths, BaselinePaths.Parked, () => ParkedPath.OpenAsync(directory.FullName).GetAwaiter().GetResult());
            var ring = Open(paths, BaselinePaths.Ring, BaselinePath.OpenRing);
            if (options.Samples > 0)
            {
                MeasureAlone(pipe, unix, tcp, parked);
            }

            var comparison = options.Samples > 0 ? MeasureRings(ring, directory.FullName) : null;
            var streams = options.StreamBytes > 0 ? MeasureStreams(pipe, unix, tcp, ring) : null;
            return new BaselinesResult(_latencies, _streams, comparison, streams);
        }
        finally
        {
            paths.ForEach(path => path.Dispose());
            directory.Delete(recursive: true);
        }
    }

    private TPath? Open<TPath>(List<BaselinePath> paths, BaselinePaths flag, Func<TPath> open)
        where TPath : BaselinePath
    {
        if (!options.Paths.HasFlag(flag))
        {
            return null;
        }

        var path = open();
        paths.Add(path);
        return path;
    }

    private void MeasureAlone(params BaselinePath?[] paths)
    {
        foreach (var path in paths.OfType<BaselinePath>())
        {
            options.Progress?.Invoke(path.Name);
            path.WarmUp();
            var roundTrips = path.Measure(options.Samples, Math.Max(1, options.Samples / 4), options.TimeLimit);
            var latency = Latency.Of(roundTrips.Ticks, roundTrips.MeanNanoseconds);
            _latencies.Add(new LatencyRow(path.Name, latency, roundTrips.CrossingsPerRoundTrip, path.Note));
        }
    }

    // The rounds of the rings are interleaved, so that both see the same machine; only ratios within a round are compared.
    private RingComparison? MeasureRings(ChannelPath<RingChannel>? ring, string directory)
    {
        var wantsC = options.Paths.HasFlag(BaselinePaths.RingInC);
        var plain = wantsC ? RingInC.Compile(directory, withFences: false) : null;
        var fenced = wantsC ? RingInC.Compile(directory, withFences: true) : null;
        var turns = new List<(string Name, Func<int, int, TimeSpan, RoundTrips> Run, List<RoundTrips> Rounds)>();
        Add(PathNames.Ring, ring is null ? null : ring.Measure);
        Add(PathNames.RingInC, plain is null ? null : plain.Measure);
        Add(PathNames.RingInCWithFences, fenced is null ? null : fenced.Measure);
        ring?.WarmUp();
        var samples = (options.Samples + options.Rounds - 1) / options.Rounds;
        for (var round = 0; round < options.Rounds; round++)
        {
            foreach (var turn in Interleaving.Order(round, turns.Count))
            {
                var (name, run, rounds) = turns[turn];
                options.Progress?.Invoke($"{name}, round {round + 1}");
                rounds.Add(run(samples, samples, options.TimeLimit / options.Rounds));
            }
        }

        foreach (var (name, _, rounds) in turns)
        {
            long[] ticks = [.. rounds.SelectMany(round => round.Ticks)];
            var mean = Spread.Of(rounds.Select(round => round.MeanNanoseconds)).Median;
            _latencies.Add(new LatencyRow(name, Latency.Of(ticks, mean), rounds.Average(round => round.CrossingsPerRoundTrip), ""));
        }

        if (wantsC && plain is null)
        {
            _latencies.Add(new LatencyRow(PathNames.RingInC, null, null, "not measured: no C compiler (cc)"));
        }

        return ring is null || plain is null ? null : Compare(turns[0].Rounds, turns[1].Rounds);

        void Add(string name, Func<int, int, TimeSpan, RoundTrips>? run)
        {
            if (run is not null)
            {
                turns.Add((name, run, []));
            }
        }
    }

    private static RingComparison Compare(List<RoundTrips> ours, List<RoundTrips> theirs) => new(
        Spread.OfRatios(ours, theirs, round => Latency.Of(round.Ticks, 0).P50),
        Spread.OfRatios(ours, theirs, round => round.MeanNanoseconds));

    private Spread? MeasureStreams(
        ChannelPath<DescriptorChannel>? pipe, ChannelPath<DescriptorChannel>? unix, ChannelPath<DescriptorChannel>? tcp,
        ChannelPath<RingChannel>? ring)
    {
        var paths = new List<(string Name, Func<byte[], long, double> Run)>();
        Add(pipe);
        Add(unix);
        Add(tcp);
        Add(ring);
        paths.Add((PathNames.MemoryCopy, CopyMemory));
        var ratios = new List<double>();
        foreach (var size in s_writeSizes)
        {
            var block = GC.AllocateArray<byte>(size, pinned: true);
            var rates = paths.ToDictionary(path => path.Name, _ => new List<double>());
            foreach (var (_, run) in paths)
            {
                run(block, Math.Min(options.StreamBytes, 16 << 20));
            }

            for (var round = 0; round < options.Rounds; round++)
            {
                foreach (var turn in Interleaving.Order(round, paths.Count))
                {
                    var (name, run) = paths[turn];
                    options.Progress?.Invoke($"{name}, writes of {size >> 10} KiB, round {round + 1}");
                    rates[name].Add(run(block, options.StreamBytes));
                }
            }

            foreach ((var name, var rounds) in rates)
            {
                var spread = Spread.Of(rounds);
                _streams.Add(new StreamRow(name, size, spread.Median, spread.Lowest, spread.Highest));
            }

            if (ring is not null && unix is not null)
            {
                ratios.AddRange(rates[ring.Name].Zip(rates[unix.Name], (ours, theirs) => ours / theirs));
            }
        }

        return ratios.Count == 0 ? null : Spread.Of(ratios);

        void Add<TChannel>(ChannelPath<TChannel>? path)
            where TChannel : struct, IChannel
        {
            if (path is not null)
            {
                paths.Add((path.Name, path.Stream));
            }
        }
    }

    private static double CopyMemory(byte[] block, long total)
    {
        var target = GC.AllocateArray<byte>(block.Length, pinned: true);
        block.CopyTo(target, 0);
        var start = Stopwatch.GetTimestamp();
        for (long copied = 0; copied < total; copied += block.Length)
        {
            block.AsSpan().CopyTo(target);
        }

        return total / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }
}
