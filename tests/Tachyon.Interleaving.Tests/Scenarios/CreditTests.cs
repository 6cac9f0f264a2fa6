using Tachyon.Frames;
using Tachyon.Interleaving.Exploring;
using Tachyon.Interleaving.Links;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>
/// Direct mode: the credit of a stream between the thread that writes, the reader of the connection, which gets WINDOW and RESET, and the
/// end of the connection.
/// </summary>
public sealed class CreditTests
{
    private const int Initial = SendCredit.Initial;

    private static readonly byte[] s_data = new byte[3 * Initial];

    [Fact]
    public void Sender_without_credit_is_woken_by_each_window_and_sends_no_more_than_its_credit()
        => ExploreAll.Schedule(run =>
        {
            var output = new FrameRecorder();
            var sender = new StreamSender(new FrameOutput(output)) { Stream = 1 };
            run.Async("writer", () => SendAsync(sender, Initial + 10));
            run.Thread("reader", () =>
            {
                Assert.True(output.DataLength <= Initial);
                sender.Credit.Give(4);
                Assert.True(output.DataLength <= Initial + 4);
                sender.Credit.Give(6);
            });
            run.Check(() =>
            {
                Assert.Equal(Initial + 10, output.DataLength);
                Assert.True(output.Frames[^1].IsEnd);
                Assert.Equal(0, sender.Credit.Take(1));
                Assert.False(sender.IsWaiting);
            });
        });

    [Fact]
    public void Reset_wakes_a_sender_that_waits_for_credit()
        => ExploreAll.Schedule(run =>
        {
            var output = new FrameRecorder();
            var sender = new StreamSender(new FrameOutput(output)) { Stream = 1 };
            run.Async("writer", () => SendAsync(sender, Initial + 10));
            run.Thread("reader", () =>
            {
                sender.Credit.Give(4);
                sender.Abort();
            });
            run.Check(() =>
            {
                // What was not sent is still there: the credit is that of the stream, not of the wait.
                Assert.Equal(Initial + 4, output.DataLength + sender.Credit.Take(int.MaxValue));
                Assert.DoesNotContain(output.Frames, static frame => frame.IsEnd);
                Assert.False(sender.IsWaiting);
            });
        });

    [Fact]
    public void Reset_wakes_a_sender_that_waits_for_a_full_connection()
        => ExploreAll.Schedule(run =>
        {
            var output = new FrameRecorder(isFull: true);
            var sender = new StreamSender(new FrameOutput(output)) { Stream = 1 };
            run.Async("writer", () => SendAsync(sender, Initial));
            run.Thread("reader", sender.Abort);
            run.Check(() => Assert.Equal(Initial, output.DataLength + sender.Credit.Take(int.MaxValue)));
        });

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void End_of_the_connection_wakes_a_sender_that_waits_for_it(bool isPeerGone)
        => ExploreAll.Schedule(run =>
        {
            var recorder = new FrameRecorder(isFull: true);
            var output = new FrameOutput(recorder);
            var sender = new StreamSender(output) { Stream = 1 };
            run.Async("writer", () => SendAsync(sender, Initial));
            run.Thread("reader", isPeerGone ? recorder.End : output.Close);
            run.Check(() =>
            {
                var frames = recorder.Frames.Count;
                output.WriteWindow(1, 1);
                Assert.Equal(frames, recorder.Frames.Count);
                Assert.False(sender.IsWaiting);
            });
        });

    [Fact]
    public void Senders_that_wait_for_a_full_connection_go_on_and_lose_no_credit()
        => ExploreAll.Schedule(run =>
        {
            var recorder = new FrameRecorder(isFull: true);
            var output = new FrameOutput(recorder);
            StreamSender[] senders = [new(output) { Stream = 1 }, new(output) { Stream = 3 }];
            run.Async("first", () => SendAsync(senders[0], 10));
            run.Async("second", () => SendAsync(senders[1], 20));
            run.Thread("peer", recorder.Drain);
            run.Check(() =>
            {
                Assert.Equal(30, recorder.DataLength);
                Assert.Equal(Initial - 10, senders[0].Credit.Take(int.MaxValue));
                Assert.Equal(Initial - 20, senders[1].Credit.Take(int.MaxValue));
            });
        });

    [Fact]
    public void Window_that_meets_a_full_connection_is_sent_when_it_drains()
        => ExploreAll.Schedule(run =>
        {
            var recorder = new FrameRecorder(isFull: true);
            var output = new FrameOutput(recorder);
            run.Async("writer", () => SendAsync(new StreamSender(output) { Stream = 1 }, 10));
            run.Thread("reader", () =>
            {
                output.WriteWindow(3, 1);
                output.WriteWindow(3, 2);
            });
            run.Thread("peer", recorder.Drain);
            run.Check(() =>
            {
                Assert.Equal(10, recorder.DataLength);
                Assert.Equal(2, recorder.Frames.Count(static frame => frame.Type == FrameType.Window));
            });
        });

    [Theory]
    [InlineData(0)]
    [InlineData(50)]
    public void Message_larger_than_the_window_gets_through_while_its_reader_examines(int poolSize)
        => ExploreAll.Schedule(
            run =>
            {
                var output = new FrameRecorder();
                var sender = new StreamSender(new FrameOutput(output)) { Stream = 1 };
                var pool = new WindowPool(poolSize);
                var window = new ReceiveWindow(pool, Initial + poolSize);
                var received = 0;
                var given = 0;
                run.Async("writer", () => SendAsync(sender, Initial + 100));
                run.Thread("connection", () =>
                {
                    for (var frame = 0; frame == 0 || !output.Frames[frame - 1].IsEnd; frame++)
                    {
                        WaitUntil(() => output.Frames.Count > frame);
                        var length = output.Frames[frame].Length;
                        given += Give(sender, window.OnReceived(length, output.Frames[frame].IsEnd));
                        received += length;
                    }
                });
                run.Thread("reader", () =>
                {
                    for (var examined = 0; examined < Initial + 100;)
                    {
                        WaitUntil(() => received > examined);
                        var more = received - examined;
                        examined += more;
                        given += Give(sender, window.OnExamined(more));
                    }
                });
                run.Check(() =>
                {
                    Assert.Equal(Initial + 100, received);
                    Assert.True(given <= received + poolSize, $"{given} given for {received} bytes");
                    window.Close();
                    window.Close();
                    Assert.Equal(poolSize, pool.Take(int.MaxValue));
                });
            },
            // With a pool there are more than 15,000 schedules of two.
            preemptions: poolSize == 0 ? 2 : 1);

    [Fact]
    public void Pool_of_windows_neither_loses_nor_doubles_bytes()
        => ExploreAll.Schedule(run =>
        {
            var pool = new WindowPool(100);
            var taken = new int[2];
            run.Thread("first", () =>
            {
                taken[0] = pool.Take(80);
                pool.Return(taken[0]);
                taken[0] = 0;
            });
            run.Thread("second", () => taken[1] = pool.Take(60));
            run.Check(() =>
            {
                Assert.InRange(taken[1], 20, 60);
                Assert.Equal(100, taken.Sum() + pool.Take(int.MaxValue));
            });
        });

    [Fact]
    public void Window_that_is_closed_beside_its_last_bytes_returns_all_to_the_pool()
        => ExploreAll.Schedule(run =>
        {
            var pool = new WindowPool(100);
            var window = new ReceiveWindow(pool, Initial + 100);
            run.Thread("connection", () => window.OnReceived(Initial, isEnd: false));
            run.Thread("reader", () => window.OnExamined(Initial));
            run.Thread("end", window.Close);
            run.Check(() =>
            {
                Assert.Equal(0, window.OnExamined(Initial));
                Assert.Equal(100, pool.Take(int.MaxValue));
            });
        });

    private static async Task SendAsync(StreamSender sender, int length)
        => await sender.SendAsync(s_data.AsMemory(0, length), default, isEnd: true, CancellationToken.None);

    private static void WaitUntil(Func<bool> condition) => Execution.BlockUntil(new Step("wait", "output", nameof(CreditTests), 0), condition);

    private static int Give(StreamSender sender, int credit)
    {
        if (credit > 0)
        {
            sender.Credit.Give((uint)credit);
        }

        return credit;
    }
}
