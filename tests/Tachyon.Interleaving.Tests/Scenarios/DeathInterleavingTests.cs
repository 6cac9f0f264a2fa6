using System.IO.Pipelines;
using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Pipelines;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>The peer's process ends while this side waits, completes or closes.</summary>
public sealed class DeathInterleavingTests
{
    [Fact]
    public void A_reader_gets_every_byte_and_then_the_death()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                run.Async("reader", async () => Assert.Equal((10, Ending.Reset), await reader.DrainAsync()));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Die();
                });
                run.Check(() => Assert.Equal(1, link.Ended));
            },
            preemptions: 2);

    [Fact]
    public void Death_after_the_end_does_not_turn_it_into_a_reset()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                run.Async("reader", async () => Assert.Equal((10, Ending.Finished), await reader.DrainAsync()));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Finish();
                    link.Peer.Die();
                });
            },
            preemptions: 2);

    [Fact]
    public void A_flush_that_waits_for_space_ends_with_the_peer()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var writer = link.Writer();
                run.Async("writer", async () =>
                {
                    var flush = await writer.SendAsync(Link.RingSize + 1);
                    Assert.True(flush.IsCompleted);
                    Assert.False(flush.IsCanceled);
                });
                run.Thread("peer", link.Peer.Die);
            },
            preemptions: 2);

    [Fact]
    public void Death_beside_closing_ends_all_and_unmaps_once()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var writer = link.Writer();
                run.Async("reader", async () =>
                {
                    (var count, var ending) = await reader.DrainAsync();
                    Assert.Equal(0, count);
                    Assert.True(ending is Ending.Closed or Ending.Reset);
                });
                run.Thread("peer", link.Peer.Die);
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
            },
            preemptions: 1);
}
