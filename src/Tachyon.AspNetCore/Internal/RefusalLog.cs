using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Logs refused clients, and connections that ended because the peer broke the protocol. What an operator must know (limits, users that are
/// not allowed, lack of resources, violations) is a throttled warning; mistakes of single clients are logged at Debug. Metrics count
/// all refusals and all violations.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RefusalLog(ILogger logger, TimeProvider time, Func<uint, string?> findUserName)
{
    private static readonly TimeSpan s_lookup = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan s_interval = TimeSpan.FromMinutes(1);

    private readonly Throttle<TachyonHandshakeFailureReason> _refusals = new(time, s_interval);
    private readonly Throttle<uint> _violations = new(time, s_interval);

    internal void Refused(TachyonHandshakeFailure failure)
    {
        if (failure.Reason is not (TachyonHandshakeFailureReason.LimitReached
            or TachyonHandshakeFailureReason.UserNotAllowed
            or TachyonHandshakeFailureReason.Error))
        {
            TachyonLog.HandshakeFailed(logger, failure.Reason, failure.Message, failure.Exception);
        }
        else if (_refusals.TryAcquire(failure.Reason, out var suppressed))
        {
            _ = ClientsRefusedAsync(failure, suppressed);
        }
    }

    private async Task ClientsRefusedAsync(TachyonHandshakeFailure failure, long suppressed)
    {
        var user = failure.Peer is { UserId: uint id } ? await DescribeAsync(id).ConfigureAwait(false) : "(unknown)";
        TachyonLog.ClientsRefused(logger, user, failure.Reason, failure.Message, suppressed, failure.Exception);
    }

    /// <summary>A directory server may be slow to answer with the name. No handshake waits for it, and the warning waits at most 2
    /// s.</summary>
    private async Task<string> DescribeAsync(uint userId)
    {
        try
        {
            return await Task.Run(() => TachyonAccounts.DescribeUser(userId, findUserName)).WaitAsync(s_lookup, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"{userId}";
        }
    }

    /// <summary>Kestrel treats a violation as a reset, and logs nothing about it when no request is open.</summary>
    internal void Violated(TachyonConnectionContext connection, TachyonProtocolException violation)
    {
        ServerMetrics.Violated();
        if (logger.IsEnabled(LogLevel.Debug))
        {
            TachyonLog.ProtocolViolated(logger, connection.ConnectionId, violation.Message);
        }

        if (_violations.TryAcquire(connection.Peer.UserId, out var suppressed))
        {
            TachyonLog.PeerBrokeProtocol(logger, connection.Peer.ProcessId, connection.Peer.UserId, violation.Message, suppressed);
        }
    }
}
