using Microsoft.AspNetCore.Builder;

namespace Tachyon.TestHost.Faults;

/// <summary>Counts the handlers of a server, and keeps the errors that it logs.</summary>
public sealed class HandlerCount
{
    /// <summary>The first word of the line that answers "handlers": then come those that run, those that were started, and the first error
    /// if any.</summary>
    public const string Line = "handlers";

    private readonly ErrorLog _errors = new();
    private int _active;
    private long _started;

    public HandlerCount()
        => Options = new TestApplicationOptions
        {
            Logging = _errors.AddTo,
            Application = application => application.Use(async (context, next) =>
            {
                Interlocked.Increment(ref _active);
                Interlocked.Increment(ref _started);
                try
                {
                    await next(context);
                }
                finally
                {
                    Interlocked.Decrement(ref _active);
                }
            }),
        };

    /// <summary>Of the server whose handlers are counted.</summary>
    public TestApplicationOptions Options { get; }

    /// <summary>Handlers that run now.</summary>
    public int Active => Volatile.Read(ref _active);

    /// <summary>Handlers that were started.</summary>
    public long Started => Volatile.Read(ref _started);

    public IEnumerable<string> Errors => _errors.OfServer;

    /// <summary>Those of the server in this process, for a parent that asks for them by a line.</summary>
    internal static HandlerCount OfProcess { get; } = new();

    internal void Report() => Console.WriteLine($"{Line} {Active} {Started} {Errors.FirstOrDefault("").ReplaceLineEndings(" ")}");
}
