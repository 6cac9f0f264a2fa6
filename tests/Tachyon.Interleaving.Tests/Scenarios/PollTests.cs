using Tachyon.Interleaving.Links;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Pipelines;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Adaptive waiting: an end that joins the poller, is polled, and leaves it, beside those who wait and wake.</summary>
public sealed class PollTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_reader_is_woken_whether_it_is_polled_or_just_left_alone(bool inline)
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, TachyonWaitMode.Adaptive, inline);
                run.Async("reader", () => link.Reader().ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
            },
            preemptions: 2);

    /// <summary>The first end leaves the poller, which comes to rest, while the reactor lets the second join.</summary>
    [Fact]
    public void An_end_that_joins_while_the_poller_comes_to_rest_is_polled()
        => ExploreAll.Schedule(
            run =>
            {
                var first = Link.Create(run, TachyonWaitMode.Adaptive);
                var second = Link.Create(run, TachyonWaitMode.Adaptive);
                run.Async("reader 1", () => first.Reader().ReceiveAsync(10));
                run.Async("reader 2", () => second.Reader().ReceiveAsync(10));
                run.Thread("peer", () =>
                {
                    first.Peer.Send(10);
                    second.Peer.Send(10);
                });
            },
            preemptions: 1);

    /// <summary>The reactor's ticks find that the poller made no pass, and take its ends back while it may be in the middle of
    /// one.</summary>
    [Fact]
    public void Ends_taken_back_from_a_stuck_poller_are_woken_by_doorbell()
        => ExploreAll.Schedule(
            run =>
            {
                run.TicksLeft = 2;
                var link = Link.Create(run, TachyonWaitMode.Adaptive);
                run.Async("reader", () => link.Reader().ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
            },
            preemptions: 1);

    [Fact]
    public void Closing_an_end_that_is_polled_unmaps_once_and_after_the_last_look()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, TachyonWaitMode.Adaptive);
                var reader = link.Reader();
                var writer = link.Writer();
                run.Async("reader", async () =>
                {
                    (var count, var ending) = await reader.DrainAsync();
                    Assert.True(count is 0 or 10);
                    Assert.Equal(Ending.Closed, ending);
                });
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
            },
            preemptions: 1);

    [Fact]
    public void Closing_an_end_that_is_taken_back_unmaps_once()
        => ExploreAll.Schedule(
            run =>
            {
                run.TicksLeft = 2;
                var link = Link.Create(run, TachyonWaitMode.Adaptive);
                var reader = link.Reader();
                var writer = link.Writer();
                run.Async("reader", reader.DrainAsync);
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
            },
            preemptions: 0);

    [Fact]
    public void Death_of_the_peer_reaches_a_reader_that_is_polled()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, TachyonWaitMode.Adaptive);
                var reader = link.Reader();
                run.Async("reader", async () => Assert.Equal((10, Ending.Reset), await reader.DrainAsync()));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Die();
                });
            },
            preemptions: 1);

    [Fact]
    public void A_flush_that_waits_is_woken_whether_it_is_polled_or_not()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, TachyonWaitMode.Adaptive, inline: true);
                var writer = link.Writer();
                const int Count = Link.RingSize + 100;
                run.Async("writer", () => writer.SendAsync(Count));
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(100, piece: 60));
            },
            preemptions: 2);
}
