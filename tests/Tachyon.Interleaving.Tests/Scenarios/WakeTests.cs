using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Pipelines;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>A sleeping thread and the thread that wakes it, without a poller.</summary>
public sealed class WakeTests
{
    [Fact]
    public void A_reader_that_goes_to_sleep_is_woken_for_every_byte()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                run.Async("reader", () => link.Reader().ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
            },
            preemptions: 2);

    /// <summary>After a second message a worker of the pool waits beside the reactor, and either may get the next.</summary>
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void Turns_are_taken_whether_the_reactor_or_a_worker_beside_it_is_woken(bool inline)
        => ExploreAll.Schedule(
            run =>
            {
                const int Turns = 2;
                var wire = LinkedCores.Create(run);
                wire.Client.AllowInline = wire.Server.AllowInline = inline;
                var (request, response) = (new RingPipeWriter(wire.Client), new RingPipeWriter(wire.Server));
                var (server, client) = (NewReader(wire.Server), NewReader(wire.Client));
                run.Async("client", async () =>
                {
                    for (var turn = 0; turn < Turns; turn++)
                    {
                        await request.SendAsync(10, 10 * turn);
                        await client.ReceiveAsync(10, 10 * turn);
                    }
                });
                run.Async("server", async () =>
                {
                    for (var turn = 0; turn < Turns; turn++)
                    {
                        await server.ReceiveAsync(10, 10 * turn);
                        await response.SendAsync(10, 10 * turn);
                    }
                });

                static RingPipeReader NewReader(ConnectionCore connection) => new(connection, zeroCopy: true, static failure => failure);
            },
            preemptions: 1);

    /// <summary>Small enough for every schedule there is.</summary>
    [Fact]
    public void A_reader_and_one_message_in_every_order()
        => ExploreAll.Schedule(run =>
        {
            var link = Link.Create(run);
            run.Async("reader", () => link.Reader().ReceiveAsync(10));
            run.Thread("peer", () => link.Peer.Send(10));
        });

    /// <summary>The peer takes the word late: the reader woke by the cancellation, read, and sleeps again. Its next byte must wake it
    /// still.</summary>
    [Fact]
    public void A_stale_wake_does_not_cost_the_next_one()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var canceled = 0;
                run.Async("reader", async () => canceled = await reader.ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
                run.Thread("canceller", reader.CancelPendingRead);
                run.Check(() =>
                {
                    // Sticky: what hit no read waits for the next one.
                    canceled += reader.TryRead(out var read) && read.IsCanceled ? 1 : 0;
                    Assert.Equal(1, canceled);
                });
            },
            preemptions: 1);

    /// <summary>As between two users: every byte is copied out before it is shown, and doorbells are sockets that are drained.</summary>
    [Fact]
    public void Reader_that_copies_is_woken()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run, betweenUsers: true);
                run.Async("reader", () => link.Reader(zeroCopy: false).ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
            },
            preemptions: 2);

    /// <summary>Both sides sleep, both wake each other: more than a ring full, there and taken.</summary>
    [Fact]
    public void Two_ends_that_sleep_wake_each_other()
        => ExploreAll.Schedule(
            run =>
            {
                var wire = LinkedCores.Create(run);
                var reader = new RingPipeReader(wire.Server, zeroCopy: true, static failure => failure);
                var writer = new RingPipeWriter(wire.Client);
                const int Count = Link.RingSize + 100;
                run.Async("reader", () => reader.ReceiveAsync(Count));
                run.Async("writer", () => writer.SendAsync(Count));
            },
            preemptions: 1);
}
