using System.IO.Pipelines;
using System.Runtime.CompilerServices;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Ring;

/// <summary>
/// For every shared word and every class of value: which rule the error of the connection names, or that there is none, by design.
/// </summary>
/// <remarks>
/// No error by design:
/// <list type="table">
/// <item><term>words that the victim writes itself (its tail, head and states)</term><description>never read back</description></item>
/// <item><term>the victim's own sleep words</term><description>the peer would not ring: only its own bytes stay unseen</description></item>
/// <item><term>sleep words of the peer</term><description>one needless ring for each publishing, or none, which only the peer
/// misses</description></item>
/// <item><term>identity line, unused bytes</term><description>never read</description></item>
/// <item><term>positions that could be honest</term><description>the bytes are the peer's to choose</description></item>
/// <item><term>states that could be honest (FIN, RST, closed)</term><description>the end that the peer asked for</description></item>
/// </list>
/// </remarks>
public sealed class NamedRuleTests
{
    private const ulong Capacity = Pair.DefaultRingSize;

    /// <summary>
    /// The victim is the server. Ring 0: 1,000 bytes published, 400 read. Ring 1: 1,000 written, of which the peer has read 300.
    /// </summary>
    public static TheoryData<string, ulong, string?> Lies => new()
    {
        { "tail 0", 999, "tail 999 after tail 1000 and head 400" },
        { "tail 0", 0, "tail 0 after" },
        { "tail 0", 401 + Capacity, "tail 65937 after" },
        { "tail 0", 1UL << 31, "tail 2147483648 after" },
        { "tail 0", 1UL << 32, "tail 4294967296 after" },
        { "tail 0", 1UL << 63, "tail 9223372036854775808 after" },
        { "tail 0", ulong.MaxValue, "tail 18446744073709551615 after" },
        { "tail 0", 400 + Capacity, null },
        { "producer state 0", 3, "unknown producer state 3" },
        { "producer state 0", 4, "unknown producer state 4" },
        { "producer state 0", uint.MaxValue, "unknown producer state 4294967295" },
        { "head 1", 299, "head 299 after head 300 and tail 1000" },
        { "head 1", 0, "head 0 after" },
        { "head 1", 1_001, "head 1001 after" },
        { "head 1", Capacity, "head 65536 after" },
        { "head 1", Capacity + 1, "head 65537 after" },
        { "head 1", 1UL << 32, "head 4294967296 after" },
        { "head 1", 1UL << 63, "head 9223372036854775808 after" },
        { "head 1", ulong.MaxValue, "head 18446744073709551615 after" },
        { "head 1", 1_000, null },
        { "consumer state 1", 2, "unknown consumer state 2" },
        { "consumer state 1", uint.MaxValue, "unknown consumer state 4294967295" },
        { "space wanted 0", ulong.MaxValue, null },
        { "space wanted 0", 1, null },
        { "data wanted 0", uint.MaxValue, null },
        { "head 0", ulong.MaxValue, null },
        { "consumer state 0", 7, null },
        { "tail 1", 0, null },
        { "producer state 1", 7, null },
        { "space wanted 1", ulong.MaxValue, null },
        { "data wanted 1", uint.MaxValue, null },
    };

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Pipes_name_the_rule(string word, ulong value, string? rule)
    {
        await using var pair = await PrepareAsync();
        await pair.Server.Input.ReceivePatternAsync(400);
        await pair.Server.Output.SendPatternAsync(1_000);
        LetHeadBeSeen(pair);
        Write(pair, word, value);

        // One look at each half, as the owner of the connection takes it all the time. More is written than was known to be free.
        var failure = await FailureAsync(async () =>
        {
            pair.Server.Output.WritePattern(65_000, 1_000);
            var flush = pair.Server.Output.FlushAsync().AsTask();
            var read = await pair.Server.Input.ReadAsync().Within();
            pair.Server.Input.AdvanceTo(read.Buffer.End);
            pair.Server.Output.CancelPendingFlush();
            await flush.Within();
        });
        await AssertAsync(pair, rule, failure, async () => await pair.Server.Input.ReadAsync().Within());
    }

    [Theory]
    [MemberData(nameof(Lies))]
    public async Task Stream_names_the_rule(string word, ulong value, string? rule)
    {
        await using var pair = await PrepareAsync();
        var stream = pair.Server.GetStream();
        await stream.ReadExactlyAsync(new byte[400]).Within();
        await stream.WriteAsync(new byte[1_000]).Within();
        LetHeadBeSeen(pair);
        Write(pair, word, value);

        var failure = await FailureAsync(async () =>
        {
            await stream.WriteAsync(new byte[10]).Within();
            await stream.ReadExactlyAsync(new byte[600]).Within();
        });
        await AssertAsync(pair, rule, failure, async () => await stream.ReadExactlyAsync(new byte[1]).Within());
    }

    [Theory]
    [InlineData(TachyonWaitMode.Park)]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Spin)]
    public async Task Tail_that_is_taken_back_before_it_is_read_fails_the_read(TachyonWaitMode mode)
    {
        // The wait ends for a tail that the reader then does not find: it must fail, and neither wait nor spin on.
        await using var pair = Pair.Create(mode);
        var stop = false;
        var flipping = Task.Factory.StartNew(
            () =>
            {
                while (!Volatile.Read(ref stop))
                {
                    pair.Control(0).Tail = 100;
                    pair.Control(0).Tail = 0;
                    pair.RingServer();
                }
            },
            TaskCreationOptions.LongRunning);

        Exception? failure = null;
        while (failure is null)
        {
            failure = await FailureAsync(async () =>
            {
                var read = await pair.Server.Input.ReadAsync().Within();
                pair.Server.Input.AdvanceTo(read.Buffer.Start);
            });
        }

        Volatile.Write(ref stop, true);
        await flipping.Within();
        var message = Assert.IsType<TachyonProtocolException>(failure).Message;
        Assert.Matches("took published bytes back|tail 0 after", message);
    }

    private static async Task<Pair> PrepareAsync()
    {
        var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(1_000);
        return pair;
    }

    private static void LetHeadBeSeen(Pair pair)
    {
        pair.Control(1).Head = 300;
        Assert.Equal(65_536 - 700, End(pair.Server).Producer.Free());
    }

    private static void Write(Pair pair, string word, ulong value)
    {
        var control = pair.Control(word[^1] - '0');
        switch (word[..^2])
        {
            case "tail":
                control.Tail = value;
                break;
            case "head":
                control.Head = value;
                break;
            case "space wanted":
                control.SpaceWanted = value;
                break;
            case "producer state":
                control.ProducerState = (uint)value;
                break;
            case "consumer state":
                control.ConsumerState = (uint)value;
                break;
            default:
                control.DataWanted = (uint)value;
                break;
        }
    }

    private static async Task<Exception?> FailureAsync(Func<Task> act)
    {
        try
        {
            await act();
            return null;
        }
        catch (IOException exception)
        {
            return exception;
        }
    }

    private static async Task AssertAsync(Pair pair, string? rule, Exception? failure, Func<Task> later)
    {
        if (rule is null)
        {
            Assert.Null(failure);
            return;
        }

        // Whichever half saw it: from then on both fail with it, and the peer is told.
        failure ??= await FailureAsync(later);
        var message = Assert.IsType<TachyonProtocolException>(failure).Message;
        Assert.StartsWith("The peer broke the ring protocol: ", message, StringComparison.Ordinal);
        Assert.Contains(rule, message, StringComparison.Ordinal);
        Assert.Same(failure, await FailureAsync(later));
        Assert.Equal(ProducerStates.Reset, pair.Control(1).ProducerState);
        Assert.Equal(ConsumerStates.Closed, pair.Control(0).ConsumerState);
        await Watchdog.Until(() => pair.Server.Closed.IsCancellationRequested, "the end of the connection to be told");
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "_core")]
    private static extern ref ConnectionCore End(TachyonConnection connection);
}
