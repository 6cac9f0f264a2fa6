using System.Diagnostics;

namespace Tachyon.Perf.Baselines;

/// <summary>A path whose two sides block, or spin, in a channel.</summary>
internal sealed class ChannelPath<TChannel>(string name, string note, PeerProcess peer, TChannel channel, params IDisposable[] resources)
    : BaselinePath(name)
    where TChannel : struct, IChannel
{
    private TChannel _channel = channel;
    private ulong _number;

    internal override string Note => note;

    internal void WaitUntilReady()
    {
        if (peer.Receive() != BaselinesPeer.Ready)
        {
            throw peer.Ended(null);
        }
    }

    internal override RoundTrips Measure(int timed, int untimed, TimeSpan limit)
    {
        peer.Send(BaselinesPeer.Echo);
        var before = _channel.SystemCalls;
        try
        {
            Span<byte> message = stackalloc byte[Loops.MessageSize];
            message.Clear();
            var ticks = Timed(message, timed, limit * 0.8);
            (var roundTrips, var mean) = Untimed(message, untimed, limit * 0.8);
            Loops.StopEcho(ref _channel, message);
            var calls = _channel.SystemCalls - before + peer.ReceiveNumber();
            return new RoundTrips(ticks, mean, (double)calls / (ticks.Length + roundTrips));
        }
        catch (IOException exception)
        {
            throw peer.Ended(exception);
        }
    }

    /// <summary>Sends a volume in blocks of this size and measures the rate until all of it was read.</summary>
    /// <returns>10^9 bytes per second.</returns>
    internal double Stream(byte[] block, long total)
    {
        total -= total % block.Length;
        peer.Send($"{BaselinesPeer.Drain} {block.Length} {total}");
        try
        {
            var start = Stopwatch.GetTimestamp();
            Loops.Send(ref _channel, block, total);
            var took = Stopwatch.GetElapsedTime(start);
            peer.ReceiveNumber();
            return total / took.TotalSeconds / 1e9;
        }
        catch (IOException exception)
        {
            throw peer.Ended(exception);
        }
    }

    public override void Dispose()
    {
        // The process first: it must not see its path torn down while it still serves it.
        peer.Dispose();
        foreach (var resource in resources)
        {
            resource.Dispose();
        }
    }

    private long[] Timed(Span<byte> message, int count, TimeSpan limit)
    {
        var ticks = new long[count];
        var start = Stopwatch.GetTimestamp();
        var done = 0;
        while (done < count && Stopwatch.GetElapsedTime(start) < limit)
        {
            var chunk = Math.Min(Loops.Chunk, count - done);
            Loops.TimedRoundTrips(ref _channel, message, ref _number, ticks.AsSpan(done, chunk));
            done += chunk;
        }

        return ticks[..done];
    }

    private (int RoundTrips, double MeanNanoseconds) Untimed(Span<byte> message, int count, TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        var done = 0;
        while (done < count && Stopwatch.GetElapsedTime(start) < limit)
        {
            var chunk = Math.Min(Loops.Chunk, count - done);
            Loops.UntimedRoundTrips(ref _channel, message, ref _number, chunk);
            done += chunk;
        }

        return (done, Stopwatch.GetElapsedTime(start).TotalNanoseconds / done);
    }
}
