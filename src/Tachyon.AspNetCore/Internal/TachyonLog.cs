using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// The log messages of the transport, at Debug as in Kestrel's own transports. Ids below 100 are those of Kestrel's transports; those of
/// Tachyon begin at 100.
/// </summary>
internal static partial class TachyonLog
{
    [LoggerMessage(1, LogLevel.Debug, @"Connection id ""{ConnectionId}"" accepted.", EventName = "AcceptedConnection", SkipEnabledCheck = true)]
    private static partial void AcceptedConnectionCore(ILogger logger, string connectionId);

    [LoggerMessage(6, LogLevel.Debug, @"Connection id ""{ConnectionId}"" received FIN.", EventName = "ConnectionReadFin", SkipEnabledCheck = true)]
    private static partial void ConnectionReadFinCore(ILogger logger, string connectionId);

    [LoggerMessage(7, LogLevel.Debug, @"Connection id ""{ConnectionId}"" sending FIN because: ""{Reason}""", EventName = "ConnectionWriteFin", SkipEnabledCheck = true)]
    private static partial void ConnectionWriteFinCore(ILogger logger, string connectionId, string reason);

    [LoggerMessage(19, LogLevel.Debug, @"Connection id ""{ConnectionId}"" reset.", EventName = "ConnectionReset", SkipEnabledCheck = true)]
    private static partial void ConnectionResetCore(ILogger logger, string connectionId);

    [LoggerMessage(108, LogLevel.Debug, @"Connection id ""{ConnectionId}"" reset: the process of the client ended.", EventName = "ClientDied", SkipEnabledCheck = true)]
    private static partial void ClientDiedCore(ILogger logger, string connectionId);

    [LoggerMessage(101, LogLevel.Debug, @"Connection id ""{ConnectionId}"" aborted: {Reason}", EventName = "ConnectionAborted", SkipEnabledCheck = true)]
    private static partial void ConnectionAbortedCore(ILogger logger, string connectionId, string reason);

    [LoggerMessage(102, LogLevel.Debug, @"Connection id ""{ConnectionId}"" closed.", EventName = "ConnectionClosed", SkipEnabledCheck = true)]
    private static partial void ConnectionClosedCore(ILogger logger, string connectionId);

    [LoggerMessage(100, LogLevel.Debug, "Refused a client ({Reason}): {Message}", EventName = "HandshakeFailed")]
    internal static partial void HandshakeFailed(
        ILogger logger, TachyonHandshakeFailureReason reason, string message, Exception? exception);

    [LoggerMessage(104, LogLevel.Warning, "Refused a client of user {User} ({Reason}): {Message} ({Suppressed} similar events suppressed)", EventName = "ClientsRefused")]
    internal static partial void ClientsRefused(
        ILogger logger, string user, TachyonHandshakeFailureReason reason, string message, long suppressed, Exception? exception);

    [LoggerMessage(103, LogLevel.Error, @"Connection id ""{ConnectionId}"": a callback of ConnectionClosed threw.", EventName = "ClosedCallbackFailed")]
    internal static partial void ClosedCallbackFailed(ILogger logger, string connectionId, Exception exception);

    [LoggerMessage(105, LogLevel.Debug, @"Connection id ""{ConnectionId}"" closed because of a protocol violation: {Violation}", EventName = "ProtocolViolated")]
    internal static partial void ProtocolViolated(ILogger logger, string connectionId, string violation);

    [LoggerMessage(106, LogLevel.Warning, "Closed the connection of process {ProcessId} of user {UserId}: {Violation} ({Suppressed} similar events suppressed)", EventName = "PeerBrokeProtocol")]
    internal static partial void PeerBrokeProtocol(ILogger logger, int processId, uint userId, string violation, long suppressed);

    [LoggerMessage(107, LogLevel.Debug, @"Connection id ""{ConnectionId}"" accepted as a plain socket client, from process {ProcessId} of user {UserId}.", EventName = "AcceptedSocketClient", SkipEnabledCheck = true)]
    private static partial void AcceptedSocketClientCore(ILogger logger, string connectionId, int processId, uint userId);

    [LoggerMessage(109, LogLevel.Debug, @"Connection id ""{ConnectionId}"" speaks direct mode.", EventName = "SpeaksDirect", SkipEnabledCheck = true)]
    private static partial void SpeaksDirectCore(ILogger logger, string connectionId);

    // The id of a connection is made only when it is logged.
    internal static void AcceptedConnection(ILogger logger, ConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            AcceptedConnectionCore(logger, connection.ConnectionId);
        }
    }

    internal static void SpeaksDirect(ILogger logger, ConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            SpeaksDirectCore(logger, connection.ConnectionId);
        }
    }

    internal static void AcceptedSocketClient(ILogger logger, ConnectionContext connection, TachyonPeer peer)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            AcceptedSocketClientCore(logger, connection.ConnectionId, peer.ProcessId, peer.UserId);
        }
    }

    internal static void ConnectionReadFin(ILogger logger, ConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionReadFinCore(logger, connection.ConnectionId);
        }
    }

    internal static void ConnectionWriteFin(ILogger logger, ConnectionContext connection, string reason)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionWriteFinCore(logger, connection.ConnectionId, reason);
        }
    }

    internal static void ConnectionReset(ILogger logger, ConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionResetCore(logger, connection.ConnectionId);
        }
    }

    internal static void ClientDied(ILogger logger, ConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ClientDiedCore(logger, connection.ConnectionId);
        }
    }

    internal static void ConnectionAborted(ILogger logger, ConnectionContext connection, string reason)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionAbortedCore(logger, connection.ConnectionId, reason);
        }
    }

    internal static void ConnectionClosed(ILogger logger, ConnectionContext connection)
    {
        if (logger.IsEnabled(LogLevel.Debug))
        {
            ConnectionClosedCore(logger, connection.ConnectionId);
        }
    }
}
