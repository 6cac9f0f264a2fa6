using Tachyon.Interleaving.Links;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Pipelines;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>
/// The places that need a full fence, with stores that arrive late as on x86: without any one of the fences a wake-up is lost here.
/// </summary>
public sealed class StoreBufferTests
{
    [Fact]
    public void A_reader_is_woken_with_late_stores()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                LateStores.Allow(run, link.End);
                run.Async("reader", () => link.Reader().ReceiveAsync(10));
                run.Thread("peer", () => link.Peer.Send(10));
            },
            preemptions: 2,
            storeBuffers: true);

    [Fact]
    public void A_flush_is_woken_with_late_stores()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                LateStores.Allow(run, link.End);
                var writer = link.Writer();
                run.Async("writer", () => writer.SendAsync(Link.RingSize + 1));
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(1, piece: 1));
            },
            preemptions: 2,
            storeBuffers: true);

    [Fact]
    public void An_end_that_leaves_the_poller_is_woken_with_late_stores()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, TachyonWaitMode.Adaptive, inline: true);
                LateStores.Allow(run, link.End);
                link.Peer.Send(10);
                run.Async("reader", () => link.Reader().ReceiveAsync(30));
                run.Thread("peer", () => link.Peer.Send(20));
                run.Thread("leaver", () =>
                {
                    link.End.EnterPollMode();
                    link.End.LeavePollMode();
                });
            },
            preemptions: 1,
            storeBuffers: true);

    [Fact]
    public void An_end_that_joins_a_resting_poller_is_polled_with_late_stores()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, TachyonWaitMode.Adaptive);
                LateStores.Allow(run, link.End);
                run.Async("reader", () => link.Reader().ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
            },
            preemptions: 1,
            storeBuffers: true);

    [Fact]
    public void Death_reaches_a_reader_with_late_stores()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                LateStores.Allow(run, link.End);
                var reader = link.Reader();
                run.Async("reader", async () => Assert.Equal((0, Ending.Reset), await reader.DrainAsync()));
                run.Thread("peer", link.Peer.Die);
            },
            preemptions: 2,
            storeBuffers: true);
}
