using System.Runtime.InteropServices;
using Tachyon.Interleaving.Exploring;
using Shadow = Tachyon.Transport.Internal;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>The explorer itself: it finds what is there to be found, goes through what it says, and repeats it.</summary>
public sealed class ExplorerTests
{
    [Fact]
    public void Every_order_of_steps_that_touch_the_same_is_tried_once()
    {
        var orders = new HashSet<string>();
        var schedules = Explorer.Explore(run =>
        {
            var shared = 0;
            var order = "";
            foreach (var name in (string[])["a", "b"])
            {
                run.Thread(name, () =>
                {
                    for (var i = 0; i < 2; i++)
                    {
                        _ = Shadow.Interlocked.Increment(ref shared);
                        order += name;
                    }
                });
            }

            run.Check(() => orders.Add(order));
        });

        Assert.Equal(6, schedules);
        Assert.Equal(6, orders.Count);
    }

    [Fact]
    public void Orders_of_steps_that_touch_different_things_are_left_out()
        => Assert.Equal(1, Explorer.Explore(run =>
        {
            var one = 0;
            var other = 0;
            run.Thread("a", () => Shadow.Volatile.Write(ref one, 1));
            run.Thread("b", () => Shadow.Volatile.Write(ref other, 1));
        }));

    [Theory]
    [InlineData(null)]
    [InlineData(1)]
    public void A_lost_update_is_found_and_its_schedule_shows_it_again(int? preemptions)
    {
        var failure = Assert.Throws<ScheduleFailedException>(() => Explorer.Explore(LostUpdate, preemptions));

        Assert.Contains("Expected: 2", failure.Wrong, StringComparison.Ordinal);
        var again = Assert.Throws<ScheduleFailedException>(() => Explorer.Replay(LostUpdate, failure.Schedule));
        Assert.Equal(failure.Message, again.Message);
    }

    [Fact]
    public void Nothing_is_interrupted_within_no_preemptions() => Assert.Equal(2, Explorer.Explore(LostUpdate, preemptions: 0));

    [Fact]
    public void Two_locks_in_two_orders_are_found_to_wait_for_ever()
    {
        var failure = Assert.Throws<ScheduleFailedException>(() => Explorer.Explore(run =>
        {
            var first = new Lock();
            var second = new Lock();
            run.Thread("a", () => Both(first, second));
            run.Thread("b", () => Both(second, first));
        }));

        Assert.Contains("waits for ever", failure.Wrong, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false, false, false)]
    [InlineData(false, true, true)]
    [InlineData(true, true, false)]
    public void Only_late_stores_without_a_fence_let_two_miss_each_other(bool fences, bool storeBuffers, bool miss)
    {
        var failure = Record.Exception(() => Explorer.Explore(run => Dekker(run, fences), preemptions: 2, storeBuffers));

        Assert.Equal(miss, failure is ScheduleFailedException);
    }

    private static void LostUpdate(Execution run)
    {
        var counter = 0;
        foreach (var name in (string[])["a", "b"])
        {
            run.Thread(name, () => Shadow.Volatile.Write(ref counter, Shadow.Volatile.Read(ref counter) + 1));
        }

        run.Check(() => Assert.Equal(2, counter));
    }

    private static void Both(Lock outer, Lock inner)
    {
        lock (outer)
        {
            lock (inner)
            {
                // Held together.
            }
        }
    }

    private static unsafe void Dekker(Execution run, bool fences)
    {
        var words = (int*)NativeMemory.AllocZeroed(2, sizeof(int));
        run.AtEnd(() => NativeMemory.Free(words));
        run.Delay((nint)words);
        run.Delay((nint)(words + 1));
        int[] seen = [-1, -1];
        foreach (var me in (int[])[0, 1])
        {
            run.Thread($"thread {me}", () =>
            {
                Shadow.Volatile.Write(ref words[me], 1);
                if (fences)
                {
                    Shadow.Interlocked.MemoryBarrier();
                }

                seen[me] = Shadow.Volatile.Read(ref words[1 - me]);
            });
        }

        run.Check(() => Assert.Contains(1, seen));
    }
}
