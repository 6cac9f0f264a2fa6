using System.IO.Pipelines;
using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Region;
using GivenFailure = Tachyon.Interleaving.Links.EndingReader.GivenFailure;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>An end that is failed (aborted) beside everything else.</summary>
public sealed class FailTests
{
    [Fact]
    public void A_reader_that_goes_to_sleep_ends_with_the_reason()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                run.Async("reader", async () =>
                {
                    (var count, var ending) = await reader.DrainAsync();
                    Assert.True(count is 0 or 10);
                    Assert.Equal(Ending.Failed, ending);
                });
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("failer", () => link.End.Fail(new GivenFailure()));
                run.Check(() => Assert.Equal(ProducerStates.Reset, link.Peer.StateSeen));
            },
            preemptions: 1);

    [Fact]
    public void Waiting_flush_ends_as_completed_when_the_reader_closes()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var writer = link.Writer();
                run.Async("writer", async () =>
                {
                    var flush = await writer.SendAsync(Link.RingSize + 100);
                    Assert.False(flush.IsCanceled);
                    Assert.True(flush.IsCompleted || link.Peer.Received > 0);
                });
                run.Thread("peer", () => link.Peer.Receive());
                run.Thread("failer", () => link.End.Fail(new GivenFailure()));
                run.Check(() => Assert.Equal(ProducerStates.Reset, link.Peer.StateSeen));
            },
            preemptions: 1);

    [Fact]
    public void Failing_beside_closing_keeps_the_mapping_as_long_as_it_is_used()
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
                    Assert.True(ending is Ending.Closed or Ending.Failed);
                });
                run.Thread("failer", () => link.End.Fail(new GivenFailure()));
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                link.CheckReleased();
            },
            preemptions: 1);

    [Fact]
    public void The_first_of_two_reasons_stays()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var reasons = new Exception[] { new GivenFailure(), new GivenFailure() };
                Exception? seen = null;
                run.Async("reader", async () => Assert.Equal((0, Ending.Failed), await reader.DrainAsync()));
                run.Thread("failer 1", () =>
                {
                    link.End.Fail(reasons[0]);
                    seen = link.End.Failure;
                });
                run.Thread("failer 2", () => link.End.Fail(reasons[1]));
                run.Check(() =>
                {
                    Assert.Contains(seen, reasons);
                    Assert.Same(seen, link.End.Failure);
                    Assert.Equal(1, link.Ended);
                });
            },
            preemptions: 1);

    /// <summary>An abort, a writer and a disposal, as a host does it that is told to stop.</summary>
    [Fact]
    public void Failing_a_stream_beside_its_write_and_its_disposal_ends_all()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                var bytes = new byte[Link.RingSize + 100];
                run.Async("writer", async () =>
                {
                    try
                    {
                        await stream.WriteAsync(bytes);
                        Assert.Fail("the peer did not read");
                    }
                    catch (Exception exception) when (exception is GivenFailure or ObjectDisposedException)
                    {
                        // Whichever came first.
                    }
                });
                run.Thread("failer", () => link.End.Fail(new GivenFailure()));
                run.Thread("disposer", stream.Dispose);
                link.CheckReleased();
            },
            preemptions: 1);
}
