using Microsoft.AspNetCore.Connections;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>
/// All log messages of this package: of connections, at Debug as in Kestrel's own transports; of the start of a server, from 110; of the
/// identity of callers, from 120; of captures, from 130. Ids below 100 are those that Kestrel gives the same events. One class, because the
/// generator writes several classes in an order that changes with each build, and packages must be reproducible (ReproducibleTests).
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

    [LoggerMessage(110, LogLevel.Information, "Listening on {Address} for clients over shared memory: {Access}, users: {Users}, plain socket clients: {SocketClients}.", EventName = "Listening", SkipEnabledCheck = true)]
    internal static partial void Listening(ILogger logger, string address, string access, string users, string socketClients);

    [LoggerMessage(111, LogLevel.Warning, "The endpoint '{EndPoint}' is a plain Unix socket whose name ends with '{Mark}': write '?tachyon' for shared memory.", EventName = "MarkNotRecognized")]
    internal static partial void MarkNotRecognized(ILogger logger, string endPoint, string mark);

    [LoggerMessage(112, LogLevel.Warning, "The configuration has keys that no option of the server has and that have no effect: {Keys}", EventName = "UnknownKeys")]
    internal static partial void UnknownKeys(ILogger logger, string keys);

    [LoggerMessage(113, LogLevel.Warning, "The socket '{Address}' of the service manager matches no endpoint: its clients get no answer. Give an endpoint this address, or remove the socket from the unit.", EventName = "SocketNotUsed")]
    internal static partial void SocketNotUsed(ILogger logger, string address);

    [LoggerMessage(114, LogLevel.Warning, "AllowDirect is set, but Kestrel was added after the last call of UseTachyon: no client gets direct mode. Call UseTachyon again, after UseKestrel.", EventName = "DirectNotPossible")]
    internal static partial void DirectNotPossible(ILogger logger);

    [LoggerMessage(115, LogLevel.Information, "Listening on {Address} without shared memory, for plain socket clients only, because {Reason}: {Access}, users: {Users}.", EventName = "ListeningWithoutSharedMemory", SkipEnabledCheck = true)]
    internal static partial void ListeningWithoutSharedMemory(ILogger logger, string address, string reason, string access, string users);

    [LoggerMessage(116, LogLevel.Warning, "AddTachyonPeer gives no call on {Address} an identity, because {Reason}: calls that need one are refused.", EventName = "NoIdentities")]
    internal static partial void NoIdentities(ILogger logger, string address, string reason);

    [LoggerMessage(117, LogLevel.Information, "Took {Address} over from process {ProcessId}: it keeps its connections until it stops, and new clients come here.", EventName = "TookOver")]
    internal static partial void TookOver(ILogger logger, string address, int processId);

    [LoggerMessage(120, LogLevel.Warning, "Callers lack roles: {Reason} ({Suppressed} similar events suppressed)", EventName = "NameNotFound")]
    internal static partial void NameNotFound(ILogger logger, string reason, long suppressed, Exception exception);

    [LoggerMessage(130, LogLevel.Warning, "A capture of the traffic began, in the clear: {Scope} go to {Target}, at most {SnapLength} bytes of each packet.", EventName = "CaptureStarted")]
    internal static partial void CaptureStarted(ILogger logger, string target, string scope, int snapLength);

    [LoggerMessage(131, LogLevel.Information, "The capture to {Target} ended: {Packets} packets, {Dropped} dropped.", EventName = "CaptureEnded")]
    internal static partial void CaptureEnded(ILogger logger, string target, long packets, long dropped);

    [LoggerMessage(132, LogLevel.Warning, "The capture to {Target} failed: {Error} {Packets} packets were written.", EventName = "CaptureFailed")]
    internal static partial void CaptureFailed(ILogger logger, string target, string error, long packets);

    // What Kestrel logs about requests of the other protocols; the callers pass loggers of its categories.
    [LoggerMessage(13, LogLevel.Error, @"Connection id ""{ConnectionId}"", Request id ""{TraceIdentifier}"": An unhandled exception was thrown by the application.", EventName = "ApplicationError")]
    internal static partial void ApplicationError(ILogger logger, string connectionId, string traceIdentifier, Exception exception);

    [LoggerMessage(27, LogLevel.Debug, @"Connection id ""{ConnectionId}"": a request timed out because it was not sent by the client at a minimum of {Rate} bytes/second.", EventName = "RequestBodyMinimumDataRateNotSatisfied")]
    internal static partial void RequestTooSlow(ILogger logger, string connectionId, double rate);

    [LoggerMessage(28, LogLevel.Debug, @"Connection id ""{ConnectionId}"": the connection was closed because a response was not read by the client at the specified minimum data rate.", EventName = "ResponseMinimumDataRateNotSatisfied")]
    internal static partial void ResponseTooSlow(ILogger logger, string connectionId);

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
