using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Logs clients that were not taken, and connections that ended because the peer broke the protocol. What an operator should know of
/// (limits, users that are not allowed, lack of resources, violations) is a warning, throttled; the rest, mistakes of single clients, is
/// for those who debug. The metric counts all refusals.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RefusalLog(ILogger logger, TimeProvider time)
{
    private readonly Throttle<HandshakeFailureReason> _refusals = new(time);
    private readonly Throttle<uint> _violations = new(time);

    internal void Refused(TachyonHandshakeFailure failure)
    {
        if (failure.Reason is not (HandshakeFailureReason.LimitReached or HandshakeFailureReason.UserNotAllowed or HandshakeFailureReason.Error))
        {
            TachyonLog.HandshakeFailed(logger, failure.Reason, failure.Message, failure.Exception);
        }
        else if (_refusals.MaySay(failure.Reason, out long unsaid))
        {
            TachyonLog.ClientsRefused(logger, failure.Reason, failure.Message, unsaid, failure.Exception);
        }
    }

    /// <summary>Kestrel takes a violation for a reset, and is silent about it when no request is open.</summary>
    internal void Violated(TachyonConnectionContext connection, TachyonProtocolException violation)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            TachyonLog.ProtocolViolated(logger, connection.ConnectionId, violation.Message);
        }

        if (_violations.MaySay(connection.Peer.UserId, out long unsaid))
        {
            TachyonLog.PeerBrokeProtocol(logger, connection.Peer.ProcessId, connection.Peer.UserId, violation.Message, unsaid);
        }
    }
}
