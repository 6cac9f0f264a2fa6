using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Logs clients that were not taken. What an operator should know of (limits, users that are not allowed, lack of resources) is a
/// warning, at most one in a minute for each reason: whoever attacks does not fill the disk. The metric counts all of them. The rest,
/// mistakes of single clients, is for those who debug.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RefusalLog(ILogger logger, TimeProvider time)
{
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly Lock _lock = new();
    private readonly Dictionary<HandshakeFailureReason, (long Said, long Unsaid)> _reasons = [];

    internal void Report(TachyonHandshakeFailure failure)
    {
        if (failure.Reason is not (HandshakeFailureReason.LimitReached or HandshakeFailureReason.UserNotAllowed or HandshakeFailureReason.Error))
        {
            TachyonLog.HandshakeFailed(logger, failure.Reason, failure.Message, failure.Exception);
        }
        else if (MaySay(failure.Reason, out long unsaid))
        {
            TachyonLog.ClientsRefused(logger, failure.Reason, failure.Message, unsaid, failure.Exception);
        }
    }

    private bool MaySay(HandshakeFailureReason reason, out long unsaid)
    {
        long now = time.GetTimestamp();
        lock (_lock)
        {
            bool known = _reasons.TryGetValue(reason, out (long Said, long Unsaid) last);
            unsaid = last.Unsaid;
            if (known && time.GetElapsedTime(last.Said, now) < s_interval)
            {
                _reasons[reason] = (last.Said, last.Unsaid + 1);
                return false;
            }

            _reasons[reason] = (now, 0);
            return true;
        }
    }
}
