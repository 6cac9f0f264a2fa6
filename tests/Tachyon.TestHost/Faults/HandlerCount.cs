using Microsoft.AspNetCore.Builder;

namespace Tachyon.TestHost.Faults;

/// <summary>Counts the handlers of the server in this process, and keeps the errors that it logs, for a parent that asks for them by a line.</summary>
public static class HandlerCount
{
    /// <summary>The first word of the line that answers "handlers": then come those that run, those that were started, and the first error if any.</summary>
    public const string Line = "handlers";

    private static readonly ErrorLog s_errors = new();
    private static int s_active;
    private static long s_handled;

    internal static TestApplicationOptions Options { get; } = new()
    {
        Logging = s_errors.AddTo,
        Application = static application => application.Use(async (context, next) =>
        {
            Interlocked.Increment(ref s_active);
            Interlocked.Increment(ref s_handled);
            try
            {
                await next(context);
            }
            finally
            {
                Interlocked.Decrement(ref s_active);
            }
        }),
    };

    internal static void Report()
    {
        string error = s_errors.OfServer.FirstOrDefault("").ReplaceLineEndings(" ");
        Console.WriteLine($"{Line} {Volatile.Read(ref s_active)} {Volatile.Read(ref s_handled)} {error}");
    }
}
