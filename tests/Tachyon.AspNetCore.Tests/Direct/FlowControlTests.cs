using System.IO.Pipelines;
using Tachyon.Frames;

namespace Tachyon.AspNetCore.Tests.Direct;

public sealed class FlowControlTests
{
    private const int Kib = 1024;
    private const int Initial = SendCredit.Initial;

    [Fact]
    public void Credit_follows_what_was_examined()
    {
        var window = new ReceiveWindow(new WindowPool(0), maxSize: 1024 * Kib);

        Assert.Equal(0, window.OnReceived(Initial, isEnd: false));
        Assert.Equal(0, window.OnExamined((Initial / 2) - 1));
        Assert.Equal(Initial / 2, window.OnExamined(1));
        Assert.Equal(0, window.OnReceived(Initial / 2, isEnd: false));
        Assert.Throws<FrameException>(() => window.OnReceived(1, isEnd: false));
    }

    [Fact]
    public void Window_grows_from_the_pool_and_gives_it_back()
    {
        var pool = new WindowPool(600 * Kib);
        var first = new ReceiveWindow(pool, maxSize: 512 * Kib);
        var second = new ReceiveWindow(pool, maxSize: 512 * Kib);

        Assert.Equal(0, first.OnReceived(Initial / 2, isEnd: false));
        Assert.Equal((512 * Kib) - Initial, first.OnReceived(1, isEnd: false));
        Assert.Equal((600 * Kib) - ((512 * Kib) - Initial), second.OnReceived(Initial, isEnd: false));
        first.Close();
        first.Close();

        // The memory of the first is free, once.
        Assert.Equal((512 * Kib) - Initial, pool.Take(1024 * Kib));
    }

    [Fact]
    public void Stream_keeps_its_first_bytes_when_others_have_taken_the_pool()
    {
        var pool = new WindowPool((512 * Kib) - Initial);
        var greedy = new ReceiveWindow(pool, maxSize: 512 * Kib);
        _ = greedy.OnReceived(Initial, isEnd: false);

        var modest = new ReceiveWindow(pool, maxSize: 512 * Kib);
        Assert.Equal(0, modest.OnReceived(Initial, isEnd: false));
        Assert.Equal(Initial, modest.OnExamined(Initial));
    }

    [Fact]
    public async Task Sender_waits_for_credit_and_for_the_end()
    {
        var credit = new SendCredit();
        Assert.Equal(SendCredit.Initial, credit.Take(int.MaxValue));
        var wait = credit.WaitAsync();
        Assert.False(wait.IsCompleted);
        credit.Give(10);
        await wait.Within();
        Assert.Equal(10, credit.Take(20));

        wait = credit.WaitAsync();
        credit.Close();
        await wait.Within();
        Assert.Throws<FrameException>(() => credit.Give(0));
        Assert.Throws<FrameException>(() => new SendCredit().Give(uint.MaxValue));
    }

    [Fact]
    public async Task Data_is_sent_in_parts_as_the_credit_comes()
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0));
        var sender = new StreamSender(new FrameOutput(pipe.Writer)) { Stream = 5 };
        var data = new byte[SendCredit.Initial + 100];
        var sending = sender.SendAsync(data, ReadOnlyMemory<byte>.Empty, isEnd: true, CancellationToken.None);
        Assert.False(sending.IsCompleted);
        sender.Credit.Give(40);
        sender.Credit.Give(60);
        await sending.AsTask().Within();

        var buffer = (await pipe.Reader.ReadAsync()).Buffer;
        List<FrameHeader> frames = [];
        while (!buffer.IsEmpty)
        {
            var bytes = new byte[FrameHeader.Size];
            System.Buffers.BuffersExtensions.CopyTo(buffer.Slice(0, FrameHeader.Size), bytes);
            frames.Add(FrameHeader.Read(bytes));
            buffer = buffer.Slice(FrameHeader.Size + frames[^1].Length);
        }

        Assert.Equal(data.Length, frames.Sum(static frame => frame.Length));
        Assert.Equal(FrameHeader.MaxDataLength, frames[0].Length);
        Assert.All(frames[..^1], static frame => Assert.False(frame.IsEnd));
        Assert.True(frames[^1].IsEnd);
    }

    [Fact]
    public async Task Abort_ends_the_wait_for_a_connection_that_is_full()
    {
        // Full with the first write: nothing reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var sender = new StreamSender(new FrameOutput(pipe.Writer)) { Stream = 1 };
        await sender.SendAsync(new byte[1], default, isEnd: false, CancellationToken.None);
        var sending = sender.SendAsync(new byte[1], default, isEnd: true, CancellationToken.None);
        Assert.False(sending.IsCompleted);

        sender.Abort();

        await sending.AsTask().Within("the send, which was aborted");
        Assert.False(sender.IsWaiting);
    }

    [Fact]
    public async Task Control_frames_do_not_wait_but_are_bounded()
    {
        // Full with the first write: nothing reads.
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 1, resumeWriterThreshold: 1, useSynchronizationContext: false));
        var output = new FrameOutput(pipe.Writer);
        Assert.True(output.TryWrite(new byte[100], default, default, default, out _));
        Assert.False(output.TryWrite(new byte[100], default, default, default, out var drained));
        Assert.False(drained.IsCompleted);

        var exception = Assert.Throws<FrameException>(() => Fill(output));
        Assert.Equal(FrameErrorCode.EnhanceYourCalm, exception.Code);

        // What was accepted goes out in order, and then the next block.
        var total = 0L;
        while (!drained.IsCompleted)
        {
            if (pipe.Reader.TryRead(out var result))
            {
                total += result.Buffer.Length;
                pipe.Reader.AdvanceTo(result.Buffer.End);
            }

            await Task.Yield();
        }

        Assert.True(total > 200_000, $"{total} bytes");
        Assert.True(output.TryWrite(new byte[1], default, default, default, out _));
    }

    private static void Fill(FrameOutput output)
    {
        while (true)
        {
            output.WriteReset(1, FrameErrorCode.Cancel);
        }
    }
}
