using System.Diagnostics;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Waiting;

/// <summary>The poller is one for the process, so nothing may run beside these tests.</summary>
[Collection(Serial.Name)]
public sealed class PollerTests
{
    [Fact]
    public async Task Poller_comes_to_rest()
    {
        await using var pair = Pair.Create(TachyonWaitMode.Adaptive);
        await PlayUntilPolledAsync(pair);

        await Watchdog.Until(() => !Reactors.IsPolling);

        // Every pass between two looks would show; the pool runs something meanwhile, so that a queued poller would run too.
        var passes = Reactors.Passes;
        for (var i = 0; i < 100; i++)
        {
            await Task.Run(static () => { }).Within();
        }

        Assert.Equal(passes, Reactors.Passes);
    }

    [Fact]
    public async Task Watchman_that_comes_late_does_not_end_polling_for_ever()
    {
        // The reactor decides to tick while the poller is active, sleeps for the tick, and looks after it came to rest by itself:
        // no pass since, but the poller is not stuck either. Two looks, as the first one only notes the heartbeat.
        await using var pair = Pair.Create(TachyonWaitMode.Adaptive);
        await PlayUntilPolledAsync(pair);
        await Watchdog.Until(() => !Reactors.IsPolling);
        foreach (var reactor in Reactors.All)
        {
            reactor.Poller.ReclaimIfStalled();
            reactor.Poller.ReclaimIfStalled();
        }

        await PlayUntilPolledAsync(pair);
    }

    [Fact]
    public async Task Connection_taken_back_in_the_middle_of_a_pass_is_not_kept_mapped()
    {
        // The pass stands still in the middle, in a continuation that it runs inline; the reactor takes the connection back, it is closed,
        // and the poller comes to rest in that same pass, with nothing left to look at. It must give up its hold on the memory all the
        // same.
        await Watchdog.Until(() => !Reactors.IsPolling);
        string memory;
        using var leave = new ManualResetEventSlim();
        var entered = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        try
        {
            await using var pair = Pair.Create(TachyonWaitMode.Adaptive, inline: true);
            memory = pair.MemoryInode;
            await HoldUpPassAsync(pair, entered, leave).Within("a read that the poller completes inline");
            await Watchdog.Until(() => !Reactors.IsPolling, "the reactor takes the connections back");
        }
        finally
        {
            leave.Set();
        }

        await Watchdog.Until(() => ProcessFacts.RegionMappings(memory) == 0);
    }

    [Fact]
    public async Task Connections_of_the_other_modes_are_not_polled_by_it()
    {
        await Watchdog.Until(() => !Reactors.IsPolling);
        var passes = Reactors.Passes;
        foreach (var mode in (TachyonWaitMode[])[TachyonWaitMode.Park, TachyonWaitMode.Spin])
        {
            await using var pair = Pair.Create(mode);
            await PlayAsync(pair);
        }

        Assert.Equal(passes, Reactors.Passes);
    }

    private static async Task HoldUpPassAsync(Pair pair, TaskCompletionSource entered, ManualResetEventSlim leave)
    {
        while (!entered.Task.IsCompleted)
        {
            var read = pair.Server.Input.ReadAsync().AsTask().ContinueWith(
                reading =>
                {
                    pair.Server.Input.AdvanceTo(reading.Result.Buffer.End);
                    if (new StackTrace().GetFrames().Any(static frame => frame.GetMethod()?.DeclaringType == typeof(Poller)))
                    {
                        entered.SetResult();
                        leave.Wait();
                    }
                },
                CancellationToken.None,
                TaskContinuationOptions.ExecuteSynchronously,
                TaskScheduler.Default);
            await pair.Client.Output.SendPatternAsync(100).ConfigureAwait(false);
            await Task.WhenAny(read, entered.Task).ConfigureAwait(false);
        }
    }

    private static async Task PlayUntilPolledAsync(Pair pair)
    {
        // Polling starts when the sleeps between messages are short, which is up to the machine: often enough, it happens.
        var before = Reactors.Passes;
        await Task.Run(async () =>
        {
            while (Reactors.Passes == before)
            {
                await PlayAsync(pair).ConfigureAwait(false);
            }
        }).Within("the first pass of the poller over a busy connection");
    }

    private static async Task PlayAsync(Pair pair)
    {
        for (var i = 0; i < 50; i++)
        {
            var receiving = pair.Server.Input.ReceivePatternAsync(100, i);
            await pair.Client.Output.SendPatternAsync(100, i).ConfigureAwait(false);
            await receiving.ConfigureAwait(false);
        }
    }
}
