using Tachyon.Interleaving.Links;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>Memory that both sides keep after a connection has ended, for the next one.</summary>
public sealed class MemoryReuseTests
{
    [Fact]
    public void Both_sides_keep_it_when_both_have_closed()
        => ExploreAll.Schedule(
            run =>
            {
                var link = ReuseLink.Create(run);
                run.Thread("client", () => ReuseLink.Close(link.Client));
                run.Thread("server", () => ReuseLink.Close(link.Server));
                run.Check(() =>
                {
                    Assert.Equal(2, run.MappedRegions);
                    Assert.Equal(1, link.Claim.Disposed);
                    Assert.NotNull(link.TryOpenAgain());
                });
            },
            preemptions: 1);

    /// <summary>The client comes again while the last connection still ends: it gets this memory or none, and a byte of the next connection
    /// is read by the next connection.</summary>
    [Fact]
    public void Next_connection_may_come_at_any_moment()
        => ExploreAll.Schedule(
            run =>
            {
                var link = ReuseLink.Create(run);
                run.Thread("client", () => ReuseLink.Close(link.Client));
                run.Thread("server", () => ReuseLink.Close(link.Server));
                run.Async("next", link.SendAgainAsync);
                run.Check(() =>
                {
                    Assert.Equal(2, run.MappedRegions);
                    Assert.Equal(1, link.Claim.Disposed);
                });
            },
            preemptions: 1);

    /// <summary>The client's time is over, or its process ends, while the server still closes or has begun to keep the memory.</summary>
    [Fact]
    public void Memory_that_the_client_gives_up_is_returned_by_both()
        => ExploreAll.Schedule(
            run =>
            {
                var link = ReuseLink.Create(run);
                run.Thread("client", () =>
                {
                    ReuseLink.Close(link.Client);
                    link.ReturnAtClient();
                });
                run.Thread("server", () => ReuseLink.Close(link.Server));
                run.Check(() =>
                {
                    // Where the reactor had the last reference, the client keeps the memory after its time: both have it then.
                    Assert.InRange(link.Claim.Disposed, 1, 2);
                    Assert.Equal(link.TryOpenAgain() is null ? 0 : 2, run.MappedRegions);
                });
            },
            preemptions: 1);

    /// <summary>A client that dies, or gives the attempt up, while the server opens the next connection: the server hears of it.</summary>
    [Fact]
    public void Client_that_is_gone_ends_the_next_connection()
        => ExploreAll.Schedule(
            run =>
            {
                var link = ReuseLink.Create(run);
                ReuseLink.Close(link.Client);
                ReuseLink.Close(link.Server);
                var (ofClient, ofServer) = link.TryTake() ?? throw new InvalidOperationException("Nothing is kept.");
                run.Thread("client", ofClient.Return);
                run.Async("server", async () =>
                {
                    var reader = ReuseLink.Reader(link.OpenServer(ofServer));
                    Assert.Equal((0, Ending.Reset), await reader.DrainAsync());
                });
            },
            preemptions: 1);

    /// <summary>And no late store of the connection that failed reaches the next.</summary>
    [Fact]
    public void Memory_of_a_connection_that_failed_is_kept()
        => ExploreAll.Schedule(
            run =>
            {
                var link = ReuseLink.Create(run);
                run.Thread("client", () => ReuseLink.Close(link.Client));
                run.Thread("server", () =>
                {
                    link.Server.Fail(new EndingReader.GivenFailure());
                    ReuseLink.Close(link.Server);
                });
                run.Async("next", link.SendAgainAsync);
                run.Check(() =>
                {
                    Assert.Equal(2, run.MappedRegions);
                    Assert.Equal(1, link.Claim.Disposed);
                });
            },
            preemptions: 1);
}
