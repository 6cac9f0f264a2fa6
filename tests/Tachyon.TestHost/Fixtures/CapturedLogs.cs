using System.Collections.Concurrent;
using Microsoft.Extensions.Logging;

namespace Tachyon.TestHost.Fixtures;

internal sealed record CapturedLog(LogLevel Level, string Category, EventId Event, string Message)
{
    public override string ToString() => $"{Level} {Category}[{Event.Id}] {Message}";
}

/// <summary>Keeps what a server logs, for assertions and for the message of a failed test.</summary>
internal sealed class CapturedLogs : ILoggerProvider
{
    // A chatty test (connection logging, stress) must not keep everything.
    private const int Kept = 5_000;

    private readonly ConcurrentQueue<CapturedLog> _entries = new();

    public IEnumerable<CapturedLog> Entries => _entries;

    public IEnumerable<CapturedLog> Tail(int count) => _entries.TakeLast(count);

    public ILogger CreateLogger(string categoryName) => new Logger(this, categoryName);

    public void Dispose()
    {
    }

    private void Add(CapturedLog entry)
    {
        _entries.Enqueue(entry);
        if (_entries.Count > Kept)
        {
            _entries.TryDequeue(out _);
        }
    }

    private sealed class Logger(CapturedLogs owner, string category) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull
            => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel != LogLevel.None;

        public void Log<TState>(
            LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            var message = formatter(state, exception);
            owner.Add(new CapturedLog(logLevel, category, eventId, exception is null ? message : $"{message} | {exception}"));
        }
    }
}
