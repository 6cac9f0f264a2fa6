using Microsoft.Extensions.Logging;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The log messages about the identity of callers. Ids from 120.</summary>
internal static partial class IdentityLog
{
    [LoggerMessage(120, LogLevel.Warning, "Callers lack roles: {Reason} ({Suppressed} similar events suppressed)", EventName = "NameNotFound")]
    internal static partial void NameNotFound(ILogger logger, string reason, long suppressed, Exception exception);
}
