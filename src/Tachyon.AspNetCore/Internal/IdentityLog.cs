using Microsoft.Extensions.Logging;

namespace Tachyon.AspNetCore.Internal;

/// <summary>The log messages about who is calling. Ids from 120.</summary>
internal static partial class IdentityLog
{
    [LoggerMessage(120, LogLevel.Warning, "Callers lack roles: {Reason} Not said before: {Unsaid}. Further ones of this kind are not logged for a minute.", EventName = "NameNotFound")]
    internal static partial void NameNotFound(ILogger logger, string reason, long unsaid, Exception exception);
}
