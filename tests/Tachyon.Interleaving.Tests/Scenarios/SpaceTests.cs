using System.IO.Pipelines;
using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>A flush that waits for space in a full ring.</summary>
public sealed class SpaceTests
{
    private const int Rest = 100;
    private const int Count = Link.RingSize + Rest;

    [Fact]
    public void A_flush_is_woken_when_the_consumer_gives_space_back()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var writer = link.Writer();
                run.Async("writer", async () =>
                {
                    var flush = await writer.SendAsync(Count);
                    Assert.False(flush.IsCompleted || flush.IsCanceled);
                });
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(Rest, piece: 60));
                run.Check(() =>
                {
                    _ = link.Peer.Receive();
                    Assert.Equal(Count, link.Peer.Received);
                });
            },
            preemptions: 2);

    [Fact]
    public void A_flush_that_is_cancelled_beside_a_wake_up_ends_once_and_loses_nothing()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var writer = link.Writer();
                var canceled = 0;
                run.Async("writer", async () =>
                {
                    var flush = await writer.SendAsync(Count);
                    while (flush.IsCanceled)
                    {
                        canceled++;
                        flush = await writer.FlushAsync();
                    }

                    Assert.False(flush.IsCompleted);
                });
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(Rest, piece: Rest));
                run.Thread("canceller", writer.CancelPendingFlush);
                run.Check(() =>
                {
                    _ = link.Peer.Receive();
                    Assert.Equal(Count, link.Peer.Received);
                    var later = writer.FlushAsync();
                    Assert.True(later.IsCompleted);
                    Assert.Equal(1, canceled + (later.Result.IsCanceled ? 1 : 0));
                });
            },
            preemptions: 1);

    [Fact]
    public void A_token_ends_its_flush_or_comes_too_late_and_never_hits_another()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var writer = link.Writer();
                var source = new CancellationTokenSource();
                run.Async("writer", async () =>
                {
                    writer.Put(Count);
                    try
                    {
                        var flush = await writer.FlushAsync(source.Token);
                        Assert.False(flush.IsCompleted || flush.IsCanceled);
                    }
                    catch (OperationCanceledException)
                    {
                        // What is left goes with the next flush.
                    }

                    var next = await writer.FlushAsync();
                    Assert.False(next.IsCompleted || next.IsCanceled);
                });
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(Rest, piece: Rest));
                run.Thread("canceller", () => run.Cancel(source));
                run.Check(() =>
                {
                    _ = link.Peer.Receive();
                    Assert.Equal(Count, link.Peer.Received);
                });
            },
            preemptions: 1);

    [Fact]
    public void A_consumer_that_closes_ends_a_flush_that_waits()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var writer = link.Writer();
                run.Async("writer", async () => Assert.True((await writer.SendAsync(Count)).IsCompleted));
                run.Thread("peer", link.Peer.StopReading);
            },
            preemptions: 2);

    [Fact]
    public void Closing_a_writer_beside_its_flush_sends_all_bytes_before_the_end()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var writer = link.Writer();
                writer.Put(Count);
                run.Async("writer", async () => await writer.FlushAsync());
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(Rest, piece: Rest));
                run.Thread("closer", () =>
                {
                    reader.Close();
                    writer.Close();
                });
                run.Check(() =>
                {
                    Assert.True(writer.Finished.IsCompleted, "closing did not come to an end");
                    Assert.Equal(ProducerStates.Finished, link.Peer.StateSeen);
                    _ = link.Peer.Receive();
                    Assert.Equal(Count, link.Peer.Received);
                });
                link.CheckReleased();
            },
            preemptions: 1);

    [Fact]
    public void A_stream_write_is_woken_when_the_consumer_gives_space_back()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var stream = link.Stream();
                var bytes = new byte[Count];
                BytePattern.Fill(bytes, 0);
                run.Async("writer", () => stream.WriteAsync(bytes).AsTask());
                run.StartDaemon("peer", () => link.Peer.ReceiveUntil(Rest, piece: 60));
                run.Check(() =>
                {
                    _ = link.Peer.Receive();
                    Assert.Equal(Count, link.Peer.Received);
                });
            },
            preemptions: 2);
}
