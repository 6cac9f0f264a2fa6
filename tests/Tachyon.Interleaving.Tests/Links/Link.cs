using System.Reflection;
using Microsoft.Win32.SafeHandles;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Pipelines;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Interleaving.Links;

/// <summary>One real end of a connection, made as the handshake makes it, and a <see cref="RingPeer"/>.</summary>
internal sealed class Link
{
    /// <summary>The smallest that can be mapped: cheap to set up, thousands of times in a second.</summary>
    internal const int RingSize = 4096;

    private readonly Execution _run;

    private Link(Execution run, ConnectionCore end, RingPeer peer)
    {
        _run = run;
        End = end;
        Peer = peer;
    }

    internal ConnectionCore End { get; }

    internal RingPeer Peer { get; }

    /// <summary>How often the end of the receiving side was told.</summary>
    internal int Ended { get; private set; }

    internal static Link Create(Execution run, TachyonWaitMode mode = TachyonWaitMode.Park, bool inline = false, bool betweenUsers = false)
    {
        using var memory = SharedRegion.CreateMemory(RingSize, RingSize);
        (var own, var ownRinger) = Handles.CreateDoorbell(run, betweenUsers);
        (var _, var peersRinger) = Handles.CreateDoorbell(run, betweenUsers);
        var lifeline = Handles.CreateLifeline(run);
        var end = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(memory, RingSize, RingSize),
            IsServer = false,
            OwnDoorbell = own,
            PeerDoorbell = peersRinger,
            Lifeline = lifeline.Client,
            Mode = mode,
        })
        {
            AllowInline = inline,
        };
        var peer = new RingPeer(SharedRegion.Map(memory, RingSize, RingSize), ownRinger, lifeline.Server);
        var link = new Link(run, end, peer);
        end.Start(() => link.Ended++);
        if (own.HasEventWhenWatched)
        {
            HearFirst(end);
        }

        return link;
    }

    /// <summary>
    /// An eventfd that is never 0 makes one event by being watched, which would be a wake-up for nothing in every schedule, and hide that
    /// one is missing. It is heard here, before the threads begin.
    /// </summary>
    private static unsafe void HearFirst(ConnectionCore end)
    {
        var field = typeof(Reactor).GetField("_epoll", BindingFlags.Instance | BindingFlags.NonPublic)!;
        var epoll = (SafeFileHandle)field.GetValue(Reactors.All[0])!;
        var events = stackalloc byte[2 * EpollEvent.Size];
        Assert.Equal(1, Tachyon.Transport.Internal.Interop.Libc.EpollWait(epoll, events, maxEvents: 2, timeoutMilliseconds: 0));
        end.OnDoorbell(inPool: false);
    }

    internal RingPipeReader Reader(bool zeroCopy = true) => new(End, zeroCopy, static failure => failure);

    internal RingPipeWriter Writer() => new(End);

    internal RingStream Stream() => new(End);

    /// <summary>When all is over: both halves were given back, and so was the mapping (the peer's own stays).</summary>
    internal void CheckReleased()
        => _run.Check(() =>
        {
            Assert.True(End.IsClosed, "a half was not closed");
            Assert.Equal(1, _run.MappedRegions);
            Assert.Equal(1, Ended);
        });
}
