using System.Runtime.CompilerServices;

namespace Tachyon.Grpc.Tests.Support;

/// <summary>Turns whatever would hang into a failure that says what hung and in which state the process was.</summary>
internal static class Guard
{
    public static async Task OrHang(this Task task, string what, [CallerArgumentExpression(nameof(task))] string expression = "")
    {
        try
        {
            await task.WaitAsync(TestTimeouts.Hang);
        }
        catch (TimeoutException) when (!task.IsCompleted)
        {
            throw Hung(what, expression);
        }
    }

    public static async Task<T> OrHang<T>(
        this Task<T> task, string what, [CallerArgumentExpression(nameof(task))] string expression = "")
    {
        await OrHang((Task)task, what, expression);
        return await task;
    }

    public static Task<T> OrHang<T>(
        this ValueTask<T> task, string what, [CallerArgumentExpression(nameof(task))] string expression = "")
        => task.AsTask().OrHang(what, expression);

    public static Task OrHang(this ValueTask task, string what, [CallerArgumentExpression(nameof(task))] string expression = "")
        => task.AsTask().OrHang(what, expression);

    /// <summary>Waits for a state that no event announces.</summary>
    public static async Task UntilAsync(Func<bool> condition, string what)
    {
        // On another thread: a condition may block.
        var polling = Task.Run(PollAsync);
        await polling.OrHang(what);

        async Task PollAsync()
        {
            var start = TimeProvider.System.GetTimestamp();
            while (!condition() && TimeProvider.System.GetElapsedTime(start) < TestTimeouts.Hang * 2)
            {
                await Task.Delay(TestTimeouts.Poll);
            }
        }
    }

    /// <summary>
    /// Waits until <paramref name="value"/> has come to <paramref name="atLeast"/> and has then stood still for many looks in a row, as
    /// the progress of a writer does that is blocked. At worst a slow writer is taken for a blocked one, which makes no assertion on
    /// it wrong.
    /// </summary>
    public static async Task<long> StandstillAsync(Func<long> value, string what, long atLeast = 1)
    {
        const int Looks = 40;
        var last = value();
        var same = 0;
        await UntilAsync(
            () =>
            {
                var now = value();
                same = now == last && now >= atLeast ? same + 1 : 0;
                last = now;
                return same >= Looks;
            },
            what);
        return last;
    }

    private static Xunit.Sdk.XunitException Hung(string what, string expression)
        => new($"""
            HUNG for {TestTimeouts.Hang.TotalSeconds:N0} s: {what}
              awaiting {expression}
            {Diagnostics.Describe()}
            """);
}
