using System.Diagnostics;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// Kestrel's minimum data rates, as it holds them for HTTP/2: over all streams of a connection, and only while the application waits for
/// the client. A look at each heartbeat of Kestrel is all that it costs; the path of the data counts bytes and nothing else.
/// </summary>
/// <remarks>For the heartbeat's thread alone.</remarks>
internal sealed class DataRates(KestrelServerLimits limits)
{
    // Kestrel's. Time beyond it between two looks is the server's own lateness, and counts for nothing.
    private static readonly TimeSpan s_heartbeat = TimeSpan.FromSeconds(1);

    private long _lastLook = Stopwatch.GetTimestamp();
    private TimeSpan _now;
    private TimeSpan _waitedForRequests;
    private long _receivedBefore;
    private long _sentBefore;
    private TimeSpan _responsesDue;

    /// <summary>Which rate the client has missed.</summary>
    internal enum Missed
    {
        None,
        Request,
        Response,
    }

    /// <summary>What the applications of a connection wait for at this moment.</summary>
    /// <param name="ReadsRequest">Some application reads a body that is not complete.</param>
    /// <param name="AwaitsRequest">One of them waits for more of it.</param>
    /// <param name="AwaitsReader">Some application waits because the client does not read.</param>
    internal readonly record struct Waits(bool ReadsRequest, bool AwaitsRequest, bool AwaitsReader);

    /// <param name="waits">Of all its streams.</param>
    /// <param name="received">Bytes of request bodies so far.</param>
    /// <param name="sent">Bytes written so far.</param>
    internal Missed Look(Waits waits, long received, long sent)
    {
        var look = Stopwatch.GetTimestamp();
        var passed = Stopwatch.GetElapsedTime(_lastLook, look);
        passed = passed < s_heartbeat ? passed : s_heartbeat;
        _lastLook = look;
        _now += passed;
        if (Debugger.IsAttached)
        {
            return Missed.None;
        }

        return IsRequestLate(waits, received, passed) ? Missed.Request
            : IsResponseLate(waits, sent) ? Missed.Response
            : Missed.None;
    }

    private bool IsRequestLate(Waits waits, long received, TimeSpan passed)
    {
        if (!waits.ReadsRequest)
        {
            _waitedForRequests = TimeSpan.Zero;
            _receivedBefore = received;
            return false;
        }

        if (!waits.AwaitsRequest || limits.MinRequestBodyDataRate is not { } rate)
        {
            return false;
        }

        _waitedForRequests += passed;
        return _waitedForRequests > rate.GracePeriod
            && received - _receivedBefore < rate.BytesPerSecond * _waitedForRequests.TotalSeconds;
    }

    // What was written is due after its time at the rate, and not before the time of grace; a client that was faster before is not later
    // now.
    private bool IsResponseLate(Waits waits, long sent)
    {
        if (limits.MinResponseDataRate is not { } rate)
        {
            return false;
        }

        if (sent > _sentBefore)
        {
            var time = TimeSpan.FromSeconds((sent - _sentBefore) / rate.BytesPerSecond);
            var alone = _now + s_heartbeat + (time > rate.GracePeriod ? time : rate.GracePeriod);
            var together = _responsesDue + time;
            _responsesDue = alone > together ? alone : together;
            _sentBefore = sent;
        }

        return waits.AwaitsReader && _now > _responsesDue;
    }
}
