using System.Diagnostics;
using System.Globalization;
using System.Runtime.CompilerServices;

namespace Tachyon.Testing;

/// <summary>Bounds every wait of the tests and names the one that hung. Generous: it tells hanging from working, never fast from
/// slow.</summary>
public static class Watchdog
{
    private const string LimitVariable = "TACHYON_TEST_HANG_SECONDS";

    private static readonly TimeSpan s_poll = TimeSpan.FromMilliseconds(1);

    /// <summary>The limit where a caller names none: far beyond what anything takes on a busy machine. Raise it under a debugger.</summary>
    public static TimeSpan Limit { get; } = TimeSpan.FromSeconds(
        int.TryParse(Environment.GetEnvironmentVariable(LimitVariable), CultureInfo.InvariantCulture, out var seconds) ? seconds : 30);

    /// <summary>Adds the state of what a fixture runs in this process to the message of a test that hung.</summary>
    public static Func<string>? Fixtures { get; set; }

    public static async Task<T> Within<T>(
        this Task<T> task, [CallerArgumentExpression(nameof(task))] string what = "", TimeSpan? limit = null)
    {
        await ((Task)task).Within(what, limit).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    public static async Task Within(
        this Task task, [CallerArgumentExpression(nameof(task))] string what = "", TimeSpan? limit = null)
    {
        try
        {
            await task.WaitAsync(limit ?? Limit).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new HungException($"Hung for {(limit ?? Limit).TotalSeconds} s: {what}\n{ProcessState.Describe()}{Fixtures?.Invoke()}");
        }
    }

    public static Task<T> Within<T>(
        this ValueTask<T> task, [CallerArgumentExpression(nameof(task))] string what = "", TimeSpan? limit = null)
        => task.AsTask().Within(what, limit);

    public static Task Within(
        this ValueTask task, [CallerArgumentExpression(nameof(task))] string what = "", TimeSpan? limit = null)
        => task.AsTask().Within(what, limit);

    /// <summary>For conditions that no event announces.</summary>
    public static Task Until(
        Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", TimeSpan? limit = null)
        => PollAsync(condition, s_poll, what, limit);

    /// <summary>
    /// Waits until <paramref name="value"/> has come to <paramref name="atLeast"/> and has then stood still for many looks in a row, as
    /// the progress of a writer does that is blocked. At worst a slow writer is taken for a blocked one, which makes no assertion on
    /// it wrong.
    /// </summary>
    public static async Task<long> StandstillAsync(
        Func<long> value, [CallerArgumentExpression(nameof(value))] string what = "", long atLeast = 1)
    {
        ArgumentNullException.ThrowIfNull(value);
        const int Looks = 40;
        var last = value();
        var same = 0;
        await PollAsync(
            () =>
            {
                var now = value();
                same = now == last && now >= atLeast ? same + 1 : 0;
                last = now;
                return same >= Looks;
            },
            s_poll * 5,
            what,
            limit: null).ConfigureAwait(false);
        return last;
    }

    private static Task PollAsync(Func<bool> condition, TimeSpan pause, string what, TimeSpan? limit)
    {
        ArgumentNullException.ThrowIfNull(condition);

        // On another thread: a condition may block, and the watchdog bounds it all the same.
        return Task.Run(RunAsync).Within(what, limit);

        async Task RunAsync()
        {
            var start = Stopwatch.GetTimestamp();
            while (!condition() && Stopwatch.GetElapsedTime(start) < (limit ?? Limit) * 2)
            {
                await Task.Delay(pause).ConfigureAwait(false);
            }
        }
    }
}

/// <summary>Something did not end. Never swallowed: a hang is a failure.</summary>
public sealed class HungException : Exception
{
    public HungException()
    {
    }

    public HungException(string message)
        : base(message)
    {
    }

    public HungException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
