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

    /// <summary>What the streams of a connection are doing at this moment.</summary>
    /// <param name="RequestsUnderWay">Some application reads a body that is not complete.</param>
    /// <param name="WaitsForRequest">One of them waits for more of it.</param>
    /// <param name="WaitsForResponse">Some application waits because the client does not read.</param>
    internal readonly record struct Activity(bool RequestsUnderWay, bool WaitsForRequest, bool WaitsForResponse);

    /// <param name="activity">The streams.</param>
    /// <param name="received">Bytes of request bodies so far.</param>
    /// <param name="sent">Bytes written so far.</param>
    internal Missed Look(Activity activity, long received, long sent)
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

        return IsRequestLate(activity, received, passed) ? Missed.Request
            : IsResponseLate(activity, sent) ? Missed.Response
            : Missed.None;
    }

    private bool IsRequestLate(Activity activity, long received, TimeSpan passed)
    {
        if (!activity.RequestsUnderWay)
        {
            _waitedForRequests = TimeSpan.Zero;
            _receivedBefore = received;
            return false;
        }

        if (!activity.WaitsForRequest || limits.MinRequestBodyDataRate is not { } rate)
        {
            return false;
        }

        _waitedForRequests += passed;
        return _waitedForRequests > rate.GracePeriod
            && received - _receivedBefore < rate.BytesPerSecond * _waitedForRequests.TotalSeconds;
    }

    // What was written is due after its time at the rate, and not before the time of grace; a client that was faster before is not later
    // now.
    private bool IsResponseLate(Activity activity, long sent)
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

        return activity.WaitsForResponse && _now > _responsesDue;
    }
}
