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
            TachyonLog.Listening(logger, listener.EndPoint.ToString(), access, Users(options), options.AcceptSocketClients ? "served" : "refused");
        }

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
