using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Properties;

/// <summary>
/// Random use of both pipes of a connection, in both directions at once, against the model of a pipe: every read shows exactly the bytes
/// that follow what was consumed, it never shows less than before, and one that examined everything shows more.
/// </summary>
public sealed class PipeTrafficTests
{
    public static TheoryData<TachyonWaitMode, bool, bool, int> Cases
    {
        get
        {
            var cases = new TheoryData<TachyonWaitMode, bool, bool, int>();
            foreach (var mode in (TachyonWaitMode[])[TachyonWaitMode.Adaptive, TachyonWaitMode.Park, TachyonWaitMode.Spin])
            {
                // One thread spins all the time in the third: a little of it is enough.
                var seeds = mode == TachyonWaitMode.Spin ? 1 : 3;
                for (var seed = 1; seed <= seeds; seed++)
                {
                    cases.Add(mode, false, false, seed);
                    cases.Add(mode, true, false, seed + 10);
                    cases.Add(mode, true, true, seed + 20);
                }
            }

            return cases;
        }
    }

    [Theory]
    [MemberData(nameof(Cases))]
    public async Task Random_traffic_arrives_byte_by_byte(TachyonWaitMode mode, bool inline, bool copy, int seed)
    {
        var total = TestSize.Of(usual: 2_000_000, full: 5_000_000);
        await using var pair = Pair.Create(mode, inline: inline, copy: copy);
        Task[] loops =
        [
            Task.Run(() => WriteAsync(pair.Client.Output, new Random(seed), total, seed: 1)),
            Task.Run(() => ReadAsync(pair.Client.Input, new Random(seed + 100), total, seed: 2)),
            Task.Run(() => WriteAsync(pair.Server.Output, new Random(seed + 200), total, seed: 2)),
            Task.Run(() => ReadAsync(pair.Server.Input, new Random(seed + 300), total, seed: 1)),
        ];

        // Cancellations from outside, while the loops run: each ends at most one operation, and none loses a byte.
        var cancelling = Task.Run(async () =>
        {
            var random = new Random(seed + 400);
            while (!loops.All(static loop => loop.IsCompleted) && !loops.Any(static loop => loop.IsFaulted))
            {
                var end = random.Next(2) == 0 ? pair.Client : pair.Server;
                if (random.Next(2) == 0)
                {
                    end.Input.CancelPendingRead();
                }
                else
                {
                    end.Output.CancelPendingFlush();
                }

                await Task.Delay(1);
            }
        });

        // One loop that fails leaves the others waiting for ever: the first failure is the one to see.
        List<Task> running = [.. loops];
        while (running.Count > 0)
        {
            var ended = await Task.WhenAny(running).Within("the loops");
            await ended;
            running.Remove(ended);
        }

        await cancelling.Within();
        Assert.Equal(total, (long)pair.Control(0).Head);
        Assert.Equal(total, (long)pair.Control(1).Head);
    }

    private static async Task WriteAsync(PipeWriter output, Random random, long total, int seed)
    {
        long written = 0;
        while (written < total)
        {
            written += Write(output, random, written, total, seed);
            if (random.Next(3) > 0)
            {
                continue;
            }

            var flush = output.FlushAsync();
            if (random.Next(3) == 0)
            {
                // Beside the flush, should it be waiting.
                written += Write(output, random, written, total, seed);
            }

            var result = await flush.ConfigureAwait(false);
            Assert.False(result.IsCompleted);
        }

        while (output.UnflushedBytes > 0)
        {
            await output.FlushAsync().ConfigureAwait(false);
        }

        await output.CompleteAsync().ConfigureAwait(false);
    }

    private static int Write(PipeWriter output, Random random, long position, long total, int seed)
    {
        var hint = random.Next(5) switch
        {
            0 => 0,
            1 => random.Next(1, 100),
            2 => random.Next(1, 5_000),
            3 => random.Next(1, 40_000),
            _ => random.Next(1, 150_000),
        };
        var memory = output.GetMemory(hint);
        Assert.True(memory.Length >= Math.Max(hint, 1));
        var count = (int)Math.Min(random.Next(0, Math.Max(hint, 1) + 1), total - position);
        BytePattern.Fill(memory.Span[..count], position, seed);
        var first = random.Next(count + 1);
        output.Advance(first);
        output.Advance(count - first);
        return count;
    }

    private static async Task ReadAsync(PipeReader input, Random random, long total, int seed)
    {
        long consumed = 0;
        long kept = 0;
        var examinedAll = false;
        while (true)
        {
            if (random.Next(4) > 0 || !input.TryRead(out var read))
            {
                read = await input.ReadAsync().ConfigureAwait(false);
            }

            var buffer = read.Buffer;
            BytePattern.Check(buffer, consumed, seed);
            Assert.True(buffer.Length >= kept, $"{buffer.Length} bytes shown after {kept} were kept");
            Assert.False(
                examinedAll && buffer.Length == kept && !read.IsCanceled && !read.IsCompleted, "A read completed though nothing was new.");
            if (read.IsCompleted)
            {
                Assert.Equal(total, consumed + buffer.Length);
                input.AdvanceTo(buffer.End);
                await input.CompleteAsync().ConfigureAwait(false);
                return;
            }

            // Much that is kept makes checking it again and again slow; several rings of it are enough.
            var consume = buffer.Length > 300_000 ? buffer.Length - 1_000 : random.Next(3) == 0 ? 0 : random.NextInt64(buffer.Length + 1);
            var examine = random.Next(3) == 0 ? random.NextInt64(consume, buffer.Length + 1) : buffer.Length;
            input.AdvanceTo(buffer.GetPosition(consume), buffer.GetPosition(examine));
            consumed += consume;
            kept = buffer.Length - consume;
            examinedAll = examine == buffer.Length;
        }
    }
}
