using System.Diagnostics;
using System.Runtime.CompilerServices;
using Xunit.Sdk;

namespace Tachyon.Transport.Tests.Support;

/// <summary>Bounds every wait of the tests and names the one that hung. Generous: it tells hanging from working, never fast from slow.</summary>
internal static class Watchdog
{
    internal static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    internal static async Task<T> Within<T>(this Task<T> task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        await ((Task)task).Within(what).ConfigureAwait(false);
        return await task.ConfigureAwait(false);
    }

    internal static async Task Within(this Task task, [CallerArgumentExpression(nameof(task))] string what = "")
    {
        try
        {
            await task.WaitAsync(Limit).ConfigureAwait(false);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw new XunitException($"Hung for {Limit.TotalSeconds} s: {what}");
        }
    }

    internal static Task<T> Within<T>(this ValueTask<T> task, [CallerArgumentExpression(nameof(task))] string what = "")
        => task.AsTask().Within(what);

    internal static Task Within(this ValueTask task, [CallerArgumentExpression(nameof(task))] string what = "")
        => task.AsTask().Within(what);

    /// <summary>For conditions that no event tells of.</summary>
    internal static async Task Until(Func<bool> condition, [CallerArgumentExpression(nameof(condition))] string what = "")
    {
        long start = Stopwatch.GetTimestamp();
        while (!condition())
        {
            if (Stopwatch.GetElapsedTime(start) > Limit)
            {
                throw new XunitException($"Not within {Limit.TotalSeconds} s: {what}");
            }

            await Task.Delay(1).ConfigureAwait(false);
        }
    }
}
