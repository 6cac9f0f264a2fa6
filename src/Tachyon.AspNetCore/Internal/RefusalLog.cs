using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// Logs clients that were not taken, and connections that ended because the peer broke the protocol. What an operator should know of
/// (limits, users that are not allowed, lack of resources, violations) is a warning, throttled; the rest, mistakes of single clients, is
/// for those who debug. The metric counts all refusals.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class RefusalLog(ILogger logger, TimeProvider time, Func<uint, string?> findUserName)
{
    private static readonly TimeSpan s_lookup = TimeSpan.FromSeconds(2);

    private readonly Throttle<TachyonHandshakeFailureReason> _refusals = new(time);
    private readonly Throttle<uint> _violations = new(time);

    internal void Refused(TachyonHandshakeFailure failure)
    {
        if (failure.Reason is not (TachyonHandshakeFailureReason.LimitReached or TachyonHandshakeFailureReason.UserNotAllowed or TachyonHandshakeFailureReason.Error))
        {
            TachyonLog.HandshakeFailed(logger, failure.Reason, failure.Message, failure.Exception);
        }
        else if (_refusals.TryAcquire(failure.Reason, out long suppressed))
        {
            _ = ClientsRefusedAsync(failure, suppressed);
        }
    }

    private async Task ClientsRefusedAsync(TachyonHandshakeFailure failure, long suppressed)
    {
        string user = failure.Peer is { UserId: uint id } ? await DescribeAsync(id).ConfigureAwait(false) : "(unknown)";
        TachyonLog.ClientsRefused(logger, user, failure.Reason, failure.Message, suppressed, failure.Exception);
    }

    /// <summary>The name may come from a directory server that is slow: no handshake waits for it, and the warning does not for long.</summary>
    private async Task<string> DescribeAsync(uint userId)
    {
        try
        {
            return await Task.Run(() => NameOf(userId)).WaitAsync(s_lookup, time).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            return $"{userId}";
        }
    }

    private string NameOf(uint userId)
    {
        try
        {
            // A directory server may answer anything, a line break among it.
            return findUserName(userId) is { Length: > 0 } name && !name.Any(char.IsControl) ? $"{userId} ('{name}')" : $"{userId}";
        }
        catch (IOException)
        {
            return $"{userId}";
        }
    }

    /// <summary>Kestrel takes a violation for a reset, and is silent about it when no request is open.</summary>
    internal void Violated(TachyonConnectionContext connection, TachyonProtocolException violation)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            TachyonLog.ProtocolViolated(logger, connection.ConnectionId, violation.Message);
        }

        if (_violations.TryAcquire(connection.Peer.UserId, out long unsaid))
        {
            TachyonLog.PeerBrokeProtocol(logger, connection.Peer.ProcessId, connection.Peer.UserId, violation.Message, unsaid);
        }
    }
}
