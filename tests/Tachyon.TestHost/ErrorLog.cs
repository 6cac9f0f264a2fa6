using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Testing;

namespace Tachyon.TestHost;

/// <summary>Errors that a server logs: Kestrel, Tachyon and the packages beside them survive their own failures by logging them.</summary>
public sealed class ErrorLog
{
    private readonly FakeLogCollector _collector = new();

    /// <summary>Each begins with its category.</summary>
    public IEnumerable<string> Entries
        => _collector.GetSnapshot().Select(static record => $"{record.Category}: {record.Message} {record.Exception}");

    /// <summary>Without those of the handlers, whose clients may die.</summary>
    public IEnumerable<string> OfServer
        => Entries.Where(static entry => entry.StartsWith("Tachyon", StringComparison.Ordinal)
            || entry.StartsWith("Microsoft.AspNetCore.Server.Kestrel", StringComparison.Ordinal));

    public void AddTo(ILoggingBuilder logging)
    {
        // By a rule, not in the collector: nothing below an error is to be formatted, however much a server logs.
        logging.AddFilter<FakeLoggerProvider>(category: null, LogLevel.Error);
        logging.AddProvider(new FakeLoggerProvider(_collector));
    }
}
