using System.Collections.Concurrent;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Logging;

namespace Tachyon.TestHost;

/// <summary>
/// Counts what a server logs about connections and what it complains about, without what differs from one connection to the next. A
/// server under attack logs too much to keep.
/// </summary>
internal sealed partial class LogTally : ILoggerProvider
{
    private readonly ConcurrentDictionary<string, int> _counts = new();

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    [GeneratedRegex(@"\b[0-9A-F]{16}\b|[0-9]+")]
    private static partial Regex Numbers();

    private sealed class Logger(LogTally owner, string category) : ILogger
    {
        private readonly LogLevel _lowest =
            category.StartsWith("Tachyon", StringComparison.Ordinal) ? LogLevel.Debug : LogLevel.Warning;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= _lowest;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (IsEnabled(logLevel))
            {
                var text = $"{logLevel} {category} {eventId.Name}: {formatter(state, exception)} {exception}";
                owner._counts.AddOrUpdate(Numbers().Replace(text, "N"), 1, static (_, count) => count + 1);
            }
        }
    }
}
