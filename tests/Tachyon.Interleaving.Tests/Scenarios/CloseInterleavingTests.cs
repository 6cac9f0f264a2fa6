using System.IO.Pipelines;
using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Closing a connection beside its reader, its writer, and its peer.</summary>
public sealed class CloseInterleavingTests
{
    [Fact]
    public void A_reader_that_goes_to_sleep_ends_when_it_is_closed()
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
                    Assert.Equal(Ending.Closed, ending);
                });
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
            },
            preemptions: 2);

    [Fact]
    public void Closing_beside_a_wake_up_unmaps_once_and_after_the_last_use()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var writer = link.Writer();
                run.Async("reader", async () =>
                {
                    (var count, var ending) = await reader.DrainAsync();
                    Assert.InRange(count, 0, 10);
                    Assert.Equal(Ending.Closed, ending);
                });
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("closer", () =>
                {
                    writer.Close();
                    reader.Close();
                });
                link.CheckReleased();
            },
            preemptions: 1);

    /// <summary>The owner holds ring memory from a read; the mapping waits for it.</summary>
    [Fact]
    public void Memory_that_was_shown_stays_mapped_until_it_is_given_back()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var writer = link.Writer();
                link.Peer.Send(10);
                run.Async("reader", async () =>
                {
                    ReadResult read;
                    try
                    {
                        read = await reader.ReadAsync();
                    }
                    catch (InvalidOperationException)
                    {
                        return;
                    }

                    run.Pause(TimeSpan.Zero);
                    Assert.Equal(2, run.MappedRegions);
                    BytePattern.Check(read.Buffer, 0);
                    reader.AdvanceTo(read.Buffer.End);
                });
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
            },
            preemptions: 2);

    [Fact]
    public void Two_that_close_at_once_close_once()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var writer = link.Writer();
                run.Async("reader", reader.DrainAsync);
                foreach (var name in (string[])["closer 1", "closer 2"])
                {
                    run.Thread(name, () =>
                    {
                        reader.Close();
                        writer.Close();
                    });
                }

                link.CheckReleased();
                run.Check(() => Assert.Equal(ProducerStates.Finished, link.Peer.StateSeen));
            },
            preemptions: 1);

    [Theory]
    [InlineData(false, Ending.Finished)]
    [InlineData(true, Ending.Reset)]
    public void End_of_stream_comes_after_all_bytes_of_the_peer(bool reset, object ending)
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                run.Async("reader", async () => Assert.Equal((10, (Ending)ending), await reader.DrainAsync()));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    if (reset)
                    {
                        link.Peer.Reset();
                    }
                    else
                    {
                        link.Peer.Finish();
                    }
                });
                run.Check(() => Assert.Equal(1, link.Ended));
            },
            preemptions: 2);

    /// <summary>The reactor hears the doorbell, or the hang-up, while the end goes away under it.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void An_event_that_was_fetched_for_a_closed_end_is_harmless(bool betweenUsers)
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, betweenUsers: betweenUsers);
                var reader = link.Reader();
                var writer = link.Writer();
                run.Thread("peer", () =>
                {
                    link.Peer.Reset();
                    link.Peer.Die();
                });
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
                run.Check(() => Assert.Null(link.End.Failure));
            },
            preemptions: 2);
}
