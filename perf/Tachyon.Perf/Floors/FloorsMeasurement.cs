using System.Diagnostics;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Floors;

/// <summary>Measures the floors: what a message between two processes costs at least, by each way that there is.</summary>
internal sealed class FloorsMeasurement(FloorsOptions options)
{
    private static readonly int[] s_writeSizes = [64 * 1024, 1024 * 1024];

    private readonly List<LatencyRow> _latencies = [];
    private readonly List<StreamRow> _streams = [];

    /// <summary>Measures what the options ask for. Prints nothing.</summary>
    /// <exception cref="FloorsException">A peer process died, say.</exception>
    internal static Task<FloorsResult> MeasureAsync(FloorsOptions options)
    {
        // A thread of its own: it blocks and spins.
        return Task.Factory.StartNew(
            () => new FloorsMeasurement(options).Run(), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private FloorsResult Run()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tachyon-floors-");
        var paths = new List<FloorPath>();
        try
        {
            if (options.Paths.HasFlag(FloorPaths.SystemCall))
            {
                options.Progress?.Invoke(FloorNames.SystemCall);
                _latencies.AddRange(SystemCallFloor.Measure(options.Samples));
            }

            ChannelPath<DescriptorChannel>? pipe = Open(paths, FloorPaths.Pipe, FloorPath.OpenPipe);
            ChannelPath<DescriptorChannel>? unix = Open(paths, FloorPaths.UnixSocket, () => FloorPath.OpenUnixSocket(directory.FullName));
            ChannelPath<DescriptorChannel>? tcp = Open(paths, FloorPaths.Tcp, FloorPath.OpenTcp);
            ParkedPath? parked = Open(
                paths, FloorPaths.Parked, () => ParkedPath.OpenAsync(directory.FullName).GetAwaiter().GetResult());
            ChannelPath<RingChannel>? ring = Open(paths, FloorPaths.Ring, FloorPath.OpenRing);
            if (options.Samples > 0)
            {
                MeasureAlone(pipe, unix, tcp, parked);
            }

            RingComparison? comparison = options.Samples > 0 ? MeasureRings(ring, directory.FullName) : null;
            Spread? streams = options.StreamBytes > 0 ? MeasureStreams(pipe, unix, tcp, ring) : null;
            return new FloorsResult(_latencies, _streams, comparison, streams);
        }
        finally
        {
            paths.ForEach(path => path.Dispose());
            directory.Delete(recursive: true);
        }
    }

    private TPath? Open<TPath>(List<FloorPath> paths, FloorPaths flag, Func<TPath> open)
        where TPath : FloorPath
    {
        if (!options.Paths.HasFlag(flag))
        {
            return null;
        }

        TPath path = open();
        paths.Add(path);
        return path;
    }

    private void MeasureAlone(params FloorPath?[] paths)
    {
        foreach (FloorPath path in paths.OfType<FloorPath>())
        {
            options.Progress?.Invoke(path.Name);
            path.WarmUp();
            Trips trips = path.RoundTrips(options.Samples, Math.Max(1, options.Samples / 4), options.TimeLimit);
            _latencies.Add(new LatencyRow(path.Name, Latency.Of(trips.Ticks, trips.MeanNanoseconds), trips.CrossingsPerTrip, path.Note));
        }
    }

    // The rings take turns, so that both see the same machine; only ratios within a round are compared.
    private RingComparison? MeasureRings(ChannelPath<RingChannel>? ring, string directory)
    {
        bool wantsC = options.Paths.HasFlag(FloorPaths.RingInC);
        RingInC? plain = wantsC ? RingInC.Compile(directory, withFences: false) : null;
        RingInC? fenced = wantsC ? RingInC.Compile(directory, withFences: true) : null;
        var turns = new List<(string Name, Func<int, int, TimeSpan, Trips> Run, List<Trips> Rounds)>();
        Add(FloorNames.Ring, ring is null ? null : ring.RoundTrips);
        Add(FloorNames.RingInC, plain is null ? null : plain.RoundTrips);
        Add(FloorNames.RingInCWithFences, fenced is null ? null : fenced.RoundTrips);
        ring?.WarmUp();
        int samples = (options.Samples + options.Rounds - 1) / options.Rounds;
        for (int round = 0; round < options.Rounds; round++)
        {
            foreach (var (name, run, rounds) in turns)
            {
                options.Progress?.Invoke($"{name}, round {round + 1}");
                rounds.Add(run(samples, samples, options.TimeLimit / options.Rounds));
            }
        }

        foreach (var (name, _, rounds) in turns)
        {
            long[] ticks = [.. rounds.SelectMany(round => round.Ticks)];
            double mean = Spread.Of(rounds.Select(round => round.MeanNanoseconds)).Median;
            _latencies.Add(new LatencyRow(name, Latency.Of(ticks, mean), rounds.Average(round => round.CrossingsPerTrip), ""));
        }

        if (wantsC && plain is null)
        {
            _latencies.Add(new LatencyRow(FloorNames.RingInC, null, null, "not measured: no C compiler (cc)"));
        }

        return ring is null || plain is null ? null : Compare(turns[0].Rounds, turns[1].Rounds);

        void Add(string name, Func<int, int, TimeSpan, Trips>? run)
        {
            if (run is not null)
            {
                turns.Add((name, run, []));
            }
        }
    }

    private static RingComparison Compare(List<Trips> ours, List<Trips> theirs) => new(
        Spread.Of(ours.Zip(theirs, (our, their) => Latency.Of(our.Ticks, 0).P50 / Latency.Of(their.Ticks, 0).P50)),
        Spread.Of(ours.Zip(theirs, (our, their) => our.MeanNanoseconds / their.MeanNanoseconds)));

    private Spread? MeasureStreams(
        ChannelPath<DescriptorChannel>? pipe, ChannelPath<DescriptorChannel>? unix, ChannelPath<DescriptorChannel>? tcp, ChannelPath<RingChannel>? ring)
    {
        var paths = new List<(string Name, Func<byte[], long, double> Run)>();
        Add(pipe);
        Add(unix);
        Add(tcp);
        Add(ring);
        paths.Add((FloorNames.MemoryCopy, CopyMemory));
        var ratios = new List<double>();
        foreach (int size in s_writeSizes)
        {
            byte[] block = GC.AllocateArray<byte>(size, pinned: true);
            var rates = paths.ToDictionary(path => path.Name, _ => new List<double>());
            foreach (var (_, run) in paths)
            {
                run(block, Math.Min(options.StreamBytes, 16 << 20));
            }

            for (int round = 0; round < options.Rounds; round++)
            {
                foreach (var (name, run) in paths)
                {
                    options.Progress?.Invoke($"{name}, writes of {size >> 10} KiB, round {round + 1}");
                    rates[name].Add(run(block, options.StreamBytes));
                }
            }

            foreach ((string name, List<double> rounds) in rates)
            {
                Spread spread = Spread.Of(rounds);
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
        byte[] target = GC.AllocateArray<byte>(block.Length, pinned: true);
        block.CopyTo(target, 0);
        long start = Stopwatch.GetTimestamp();
        for (long copied = 0; copied < total; copied += block.Length)
        {
            block.AsSpan().CopyTo(target);
        }

        return total / Stopwatch.GetElapsedTime(start).TotalSeconds / 1e9;
    }
}
