using Tachyon.Interleaving.Links;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>A sleeping reader and the one who wakes it, with nobody polling.</summary>
public sealed class WakeTests
{
    [Fact]
    public void A_reader_that_goes_to_sleep_is_woken_for_every_byte()
        => Every.Schedule(
            run =>
            {
                Link link = Link.Create(run);
                run.Async("reader", () => link.Reader().ReceiveAsync(30));
                run.Thread("peer", () =>
                {
                    link.Peer.Send(10);
                    link.Peer.Send(20);
                });
            },
            preemptions: 2);
}
