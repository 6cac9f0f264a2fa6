using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal;

/// <summary>What a server logs when it starts to listen: where, for which users, and probable mistakes.</summary>
internal static class StartLog
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
                TachyonLog.ListeningWithoutSharedMemory(logger, address, reason, access, Users(options));
            }
            else
            {
                TachyonLog.Listening(logger, address, access, Users(options), options.AcceptSocketClients ? "served" : "refused");
            }
        }

        if (listener.PredecessorProcessId is { } predecessor)
        {
            TachyonLog.TookOver(logger, listener.EndPoint.ToString(), predecessor);
        }

        WarnOfUnknownKeys(logger, configuration);
    }

    /// <summary>The same for an endpoint that is a Unix socket of Kestrel.</summary>
    internal static void StartedOnKestrelSocket(ILogger logger, TachyonEndPoint endPoint, string reason, IConfiguration? configuration)
    {
        if (logger.IsEnabled(LogLevel.Information))
        {
            TachyonLog.ListeningWithoutSharedMemory(logger, endPoint.ToString(), reason, "socket of Kestrel", "those that the socket file admits");
        }

        WarnOfUnknownKeys(logger, configuration);
    }

    private static void WarnOfUnknownKeys(ILogger logger, IConfiguration? configuration)
    {
        if (configuration is not null && ServerConfiguration.UnknownKeys(configuration) is { Length: > 0 } unknown)
        {
            TachyonLog.UnknownKeys(logger, string.Join(", ", unknown));
        }
    }

    private static string Users(TachyonTransportOptions options)
    {
        var others = string.Join(
            ", ", options.AllowedUserIds.Select(static id => $"uid {id}").Concat(options.AllowedGroupIds.Select(static id => $"gid {id}")));
        return others.Length == 0 ? "the server's own" : $"the server's own, {others}";
    }
}
