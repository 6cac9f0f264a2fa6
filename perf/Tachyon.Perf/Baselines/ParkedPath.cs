using System.Diagnostics;
using System.Runtime.InteropServices;
using Tachyon.Measuring;
using Tachyon.Transport;

namespace Tachyon.Perf.Baselines;

/// <summary>A connection of the transport in mode Park, used through its stream: each message wakes a side that sleeps.</summary>
internal sealed class ParkedPath : BaselinePath
{
    private readonly PeerProcess _peer;
    private readonly TachyonConnection _connection;
    private readonly Stream _stream;
    private readonly byte[] _message = new byte[Loops.MessageSize];
    private ulong _number;

    private ParkedPath(PeerProcess peer, TachyonConnection connection)
        : base(PathNames.Parked)
    {
        _peer = peer;
        _connection = connection;
        _stream = connection.GetStream();
    }

    internal override string Note => "crossings: doorbells rung and received; the thread pool's futexes are not counted";

    internal static async Task<ParkedPath> OpenAsync(string directory)
    {
        var path = Path.Combine(directory, "parked");
        var peer = PeerProcess.Start(PathNames.Parked, BaselinesPeer.Parked, path);
        try
        {
            if (peer.Receive() != BaselinesPeer.Ready)
            {
                throw peer.Ended(null);
            }

            var options = new TachyonClientOptions { WaitMode = TachyonWaitMode.Park };
            return new ParkedPath(peer, await TachyonConnection.ConnectAsync(path, options));
        }
        catch
        {
            peer.Dispose();
            throw;
        }
    }

    internal override RoundTrips Measure(int timed, int untimed, TimeSpan limit)
        => MeasureAsync(timed, untimed, limit).GetAwaiter().GetResult();

    public override void Dispose()
    {
        _peer.Dispose();
        _connection.Abort();
        _stream.Dispose();
    }

    private async Task<RoundTrips> MeasureAsync(int timed, int untimed, TimeSpan limit)
    {
        _peer.Send(BaselinesPeer.Echo);
        var before = ParkedPeer.Crossings;
        try
        {
            var ticks = await TimedAsync(timed, limit * 0.8);
            (var roundTrips, var mean) = await UntimedAsync(untimed, limit * 0.8);
            MemoryMarshal.Write(_message, ParkedPeer.Stop);
            await _stream.WriteAsync(_message);
            var crossings = ParkedPeer.Crossings - before + _peer.ReceiveNumber();
            return new RoundTrips(ticks, mean, (double)crossings / (ticks.Length + roundTrips));
        }
        catch (IOException exception)
        {
            throw _peer.Ended(exception);
        }
    }

    private async Task<long[]> TimedAsync(int count, TimeSpan limit)
    {
        var ticks = new long[count];
        var start = Stopwatch.GetTimestamp();
        var done = 0;
        for (var last = start; done < count && Stopwatch.GetElapsedTime(start, last) < limit; done++)
        {
            await RoundTripAsync();
            var time = Stopwatch.GetTimestamp();
            ticks[done] = time - last;
            last = time;
        }

        return ticks[..done];
    }

    private async Task<(int RoundTrips, double MeanNanoseconds)> UntimedAsync(int count, TimeSpan limit)
    {
        var start = Stopwatch.GetTimestamp();
        var done = 0;
        for (; done < count && (done % Loops.Chunk != 0 || Stopwatch.GetElapsedTime(start) < limit); done++)
        {
            await RoundTripAsync();
        }

        return (done, Stopwatch.GetElapsedTime(start).TotalNanoseconds / done);
    }

    private async ValueTask RoundTripAsync()
    {
        var number = _number++;
        MemoryMarshal.Write(_message, number);
        await _stream.WriteAsync(_message);
        await _stream.ReadExactlyAsync(_message);
        if (MemoryMarshal.Read<ulong>(_message) != number)
        {
            throw new MeasurementException("The peer returned another message.");
        }
    }
}
