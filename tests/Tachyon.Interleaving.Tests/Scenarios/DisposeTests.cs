using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Disposing a stream beside what is running on it.</summary>
public sealed class DisposeTests
{
    private const int TooMuch = Link.RingSize + 100;

    [Fact]
    public void A_read_in_flight_gets_its_bytes_or_the_disposal()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                run.Async("reader", async () =>
                {
                    (var count, var ending) = await stream.DrainAsync();
                    Assert.True(count is 0 or 10);
                    Assert.Equal(Ending.Closed, ending);
                });
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("disposer", stream.Dispose);
                link.CheckReleased();
                run.Check(() => Assert.Equal(ProducerStates.Finished, link.Peer.StateSeen));
            },
            preemptions: 1);

    [Fact]
    public void A_write_in_flight_ends_and_the_peer_learns_that_it_was_cut()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                var bytes = new byte[TooMuch];
                BytePattern.Fill(bytes, 0);
                var isWritten = false;
                run.Async("writer", async () =>
                {
                    try
                    {
                        await stream.WriteAsync(bytes);
                        isWritten = true;
                    }
                    catch (ObjectDisposedException)
                    {
                        // Before it began, or while it waited.
                    }
                });
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(100, piece: 100));
                run.Thread("disposer", stream.Dispose);
                link.CheckReleased();
                run.Check(() =>
                {
                    _ = link.Peer.Receive();
                    var isWhole = link.Peer.Received is 0 or TooMuch;
                    Assert.Equal(isWhole ? ProducerStates.Finished : ProducerStates.Reset, link.Peer.StateSeen);
                    Assert.Equal(isWritten, link.Peer.Received == TooMuch);
                });
            },
            preemptions: 1);

    [Fact]
    public void Half_close_beside_a_write_ends_the_stream_after_its_bytes()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                var bytes = new byte[TooMuch];
                BytePattern.Fill(bytes, 0);
                run.Async("writer", async () =>
                {
                    try
                    {
                        await stream.WriteAsync(bytes);
                    }
                    catch (ObjectDisposedException)
                    {
                        // The half was closed before.
                    }
                });
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(100, piece: 100));
                run.Thread("closer", stream.CompleteWrites);
                run.Check(() =>
                {
                    _ = link.Peer.Receive();
                    Assert.True(link.Peer.Received is 0 or TooMuch);
                    Assert.Equal(ProducerStates.Finished, link.Peer.StateSeen);
                });
            },
            preemptions: 1);

    [Fact]
    public void Two_that_dispose_at_once_release_once()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                run.Async("reader", async () => Assert.Equal((0, Ending.Closed), await stream.DrainAsync()));
                run.Thread("disposer 1", stream.Dispose);
                run.Thread("disposer 2", stream.Dispose);
                link.CheckReleased();
            },
            preemptions: 1);

    [Fact]
    public void A_token_beside_disposal_ends_the_read_once()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                var source = new CancellationTokenSource();
                run.Async("reader", async () =>
                {
                    try
                    {
                        _ = await stream.ReadAsync(new byte[8], source.Token);
                        Assert.Fail("nothing was sent");
                    }
                    catch (Exception exception) when (exception is OperationCanceledException or ObjectDisposedException)
                    {
                        // Whichever came first.
                    }
                });
                run.Thread("canceller", () => run.Cancel(source));
                run.Thread("disposer", stream.Dispose);
                link.CheckReleased();
            },
            preemptions: 1);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_peer_that_goes_away_beside_disposal_is_one_end_or_the_other(bool dies)
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                run.Async("reader", async () =>
                {
                    (var count, var ending) = await stream.DrainAsync();
                    Assert.Equal(0, count);
                    Assert.True(ending is Ending.Closed or Ending.Reset);
                });
                run.Thread("peer", dies ? link.Peer.Die : link.Peer.Reset);
                run.Thread("disposer", stream.Dispose);
                link.CheckReleased();
            },
            preemptions: 1);
}
