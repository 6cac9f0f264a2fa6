using System.IO.Pipelines;
using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>What Kestrel's Abort without a reason does: end in order, as far as that is true.</summary>
public sealed class OrderlyEndTests
{
    private static readonly InvalidTimeZoneException s_reason = new();

    [Fact]
    public async Task Peer_gets_everything_written_and_then_the_end()
    {
        await using var pair = Pair.Create();
        await pair.Server.Output.SendPatternAsync(1_000);
        await EndClientAsync(pair);

        pair.Server.CloseInOrder(s_reason);

        await pair.Client.Input.ReceivePatternAsync(1_000);
        await pair.Client.Input.AssertEndAsync();
    }

    [Fact]
    public async Task Later_writes_are_dropped_without_an_error()
    {
        await using var pair = Pair.Create();
        var before = pair.Server.Output.GetMemory(10);
        await EndClientAsync(pair);

        pair.Server.CloseInOrder(s_reason);

        before.Span[..10].Fill(1);
        pair.Server.Output.Advance(10);
        for (var i = 0; i < 3; i++)
        {
            pair.Server.Output.WritePattern(Pair.DefaultRingSize);
            Assert.True((await pair.Server.Output.FlushAsync().Within()).IsCompleted);
            Assert.Equal(0, pair.Server.Output.UnflushedBytes);
        }

        await pair.Client.Input.AssertEndAsync();
        await pair.Server.Output.CompleteAsync();
        Assert.Throws<InvalidOperationException>(() => { pair.Server.Output.GetMemory(); });
    }

    [Fact]
    public async Task Bytes_of_a_peer_that_ended_in_order_are_still_read()
    {
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(100);
        await pair.Client.Output.CompleteAsync();
        await pair.Server.Input.ReceivePatternAsync(50);
        await Watchdog.Until(() => pair.Server.PeerState == TachyonPeerState.Finished);

        pair.Server.CloseInOrder(s_reason);

        await pair.Server.Input.ReceivePatternAsync(50, position: 50);
        await pair.Server.Input.AssertEndAsync();
    }

    [Fact]
    public async Task Pending_read_ends_with_the_reason_when_the_peer_has_not_ended()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync().AsTask();

        pair.Server.CloseInOrder(s_reason);

        Assert.Same(s_reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(() => reading.Within()));
        await pair.Client.Input.AssertEndAsync();
    }

    [Fact]
    public async Task Bytes_that_are_cut_off_are_no_orderly_end()
    {
        await using var pair = Pair.Create();
        await EndClientAsync(pair);
        pair.Server.Output.WritePattern(2 * Pair.DefaultRingSize);
        var flush = pair.Server.Output.FlushAsync().AsTask();
        Assert.False(flush.IsCompleted);

        pair.Server.CloseInOrder(s_reason);

        Assert.True((await flush.Within()).IsCompleted);
        await pair.Client.Input.ReceivePatternAsync(Pair.DefaultRingSize);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await pair.Client.Input.ReadAsync().Within());
    }

    [Theory]
    [InlineData(false, "The connection was reset by the server.")]
    [InlineData(true, "The connection was reset by the client.")]
    public async Task Reset_message_names_the_side(bool byClient, string message)
    {
        await using var pair = Pair.Create();
        (byClient ? pair.Client : pair.Server).Abort();

        var exception = await Assert.ThrowsAsync<TachyonConnectionResetException>(
            async () => await (byClient ? pair.Server : pair.Client).Input.ReadAsync().Within());

        Assert.Equal(message, exception.Message);
    }

    private static async Task EndClientAsync(Pair pair)
    {
        await pair.Client.Output.CompleteAsync();
        await pair.Server.Input.AssertEndAsync();
        await Watchdog.Until(() => pair.Server.PeerState == TachyonPeerState.Finished);
    }
}
