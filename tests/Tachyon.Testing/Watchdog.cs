using System.Diagnostics;
using System.Runtime.CompilerServices;

namespace Tachyon.Testing;

/// <summary>Bounds every wait of the tests and names the one that hung. Generous: it tells hanging from working, never fast from slow.</summary>
public static class Watchdog
{
    /// <summary>The limit where a caller names none.</summary>
    public static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

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
            throw new HungException($"Hung for {(limit ?? Limit).TotalSeconds} s: {what}");
        }
    }

    public static Task<T> Within<T>(
        this ValueTask<T> task, [CallerArgumentExpression(nameof(task))] string what = "", TimeSpan? limit = null)
        => task.AsTask().Within(what, limit);

    public static Task Within(
        this ValueTask task, [CallerArgumentExpression(nameof(task))] string what = "", TimeSpan? limit = null)
        => task.AsTask().Within(what, limit);

    /// <summary>For conditions that no event tells of.</summary>
    public static async Task Until(
        Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "", TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(condition);
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > (limit ?? Limit))
            {
                throw new HungException($"Not within {(limit ?? Limit).TotalSeconds} s: {what}");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }
}

/// <summary>Something did not end. Never caught: a hang is a failure.</summary>
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
