using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The log messages at the start of a server: what listens where, and probable mistakes. Ids from 110.</summary>
internal static partial class StartLog
{
    internal static void Started(ILogger logger, TachyonListener listener, TachyonTransportOptions options, IConfiguration? configuration)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            var access = listener.EndPoint.IsAbstract ? "no socket file"
                : listener.IsInherited ? "socket file of the service manager"
                : $"socket mode 0{Convert.ToString((int)options.SocketMode, 8)}";
            var address = listener.EndPoint.ToString();
            if (listener.SharedMemoryOff is { } reason)
            {
                ListeningWithoutSharedMemory(logger, address, reason, access, Users(options));
            }
            else
            {
                Listening(logger, address, access, Users(options), options.AcceptSocketClients ? "served" : "refused");
            }
        }

        if (listener.PredecessorProcessId is { } predecessor)
        {
            TookOver(logger, listener.EndPoint.ToString(), predecessor);
        }

        WarnOfUnknownKeys(logger, configuration);
    }

    /// <summary>The same for an endpoint that is a Unix socket of Kestrel.</summary>
    internal static void StartedOnKestrelSocket(ILogger logger, TachyonEndPoint endPoint, string reason, IConfiguration? configuration)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            ListeningWithoutSharedMemory(logger, endPoint.ToString(), reason, "socket of Kestrel", "those that the socket file admits");
        }

        WarnOfUnknownKeys(logger, configuration);
    }

    private static void WarnOfUnknownKeys(ILogger logger, IConfiguration? configuration)
    {
        if (configuration is not null && ServerConfiguration.UnknownKeys(configuration) is { Length: > 0 } unknown)
        {
            UnknownKeys(logger, string.Join(", ", unknown));
        }
    }

    [LoggerMessage(111, LogLevel.Warning, "The endpoint '{EndPoint}' is a plain Unix socket whose name ends with '{Mark}': write '?tachyon' for shared memory.", EventName = "MarkNotRecognized")]
    internal static partial void MarkNotRecognized(ILogger logger, string endPoint, string mark);

    [LoggerMessage(110, LogLevel.Information, "Listening on {Address} for clients over shared memory: {Access}, users: {Users}, plain socket clients: {SocketClients}.", EventName = "Listening", SkipEnabledCheck = true)]
    private static partial void Listening(ILogger logger, string address, string access, string users, string socketClients);

    [LoggerMessage(112, LogLevel.Warning, "The configuration has keys that no option of the server has and that have no effect: {Keys}", EventName = "UnknownKeys")]
    private static partial void UnknownKeys(ILogger logger, string keys);

    [LoggerMessage(113, LogLevel.Warning, "The socket '{Address}' of the service manager matches no endpoint: its clients get no answer. Give an endpoint this address, or remove the socket from the unit.", EventName = "SocketNotUsed")]
    internal static partial void SocketNotUsed(ILogger logger, string address);

    [LoggerMessage(114, LogLevel.Warning, "AllowDirect is set, but Kestrel was added after the last call of UseTachyon: no client gets direct mode. Call UseTachyon again, after UseKestrel.", EventName = "DirectNotPossible")]
    internal static partial void DirectNotPossible(ILogger logger);

    [LoggerMessage(117, LogLevel.Information, "Took {Address} over from process {ProcessId}: it keeps its connections until it stops, and new clients come here.", EventName = "TookOver")]
    private static partial void TookOver(ILogger logger, string address, int processId);

    [LoggerMessage(115, LogLevel.Information, "Listening on {Address} without shared memory, for plain socket clients only, because {Reason}: {Access}, users: {Users}.", EventName = "ListeningWithoutSharedMemory", SkipEnabledCheck = true)]
    private static partial void ListeningWithoutSharedMemory(ILogger logger, string address, string reason, string access, string users);

    [LoggerMessage(116, LogLevel.Warning, "AddTachyonPeer gives no call on {Address} an identity, because {Reason}: calls that need one are refused.", EventName = "NoIdentities")]
    internal static partial void NoIdentities(ILogger logger, string address, string reason);

    private static string Users(TachyonTransportOptions options)
    {
        var others = string.Join(
            ", ", options.AllowedUserIds.Select(static id => $"uid {id}").Concat(options.AllowedGroupIds.Select(static id => $"gid {id}")));
        return others.Length == 0 ? "the server's own" : $"the server's own, {others}";
    }
}
