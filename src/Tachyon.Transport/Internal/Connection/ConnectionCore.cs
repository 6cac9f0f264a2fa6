using System.Diagnostics;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>
/// This process's end of one connection: the region, its two ring halves, who waits on them, and how it ends.
/// The pipes and the stream are views of it.
/// </summary>
internal sealed class ConnectionCore
{
    private readonly Doorbell _ownDoorbell;
    private readonly Doorbell _peerDoorbell;
    private readonly Lifeline _lifeline;
    private readonly IDisposable? _claim;
    private readonly uint _peerUserId;
    private readonly Reactor _reactor;
    private readonly StatisticsLine _statistics;

    private bool _polled;
    private bool _peerGone;
    private bool _outputClosed;
    private Exception? _failure;
    private int _halvesOpen = 2;
    private int _holders = 2;
    private int _hungUp;
    private long _parks;
    private long _doorbellsReceived;
    private bool _listens;
    private long _pollBudget;
    private long _lastProgress;
    private long _idlePollTicks;
    private bool _allowInline;
    private Action? _receiveEnded;
    private int _finalReceiveState;
    private int _drainQueued;

    internal unsafe ConnectionCore(ConnectionSetup setup)
    {
        // First, since it may fail: until then the region is the creator's alone.
        _reactor = Reactor.Shared;

        // One reference for each half; the creator's is the first half's.
        SharedRegion region = setup.Region;
        Region = region;
        _ = region.TryAddReference();
        Mode = setup.Mode;
        bool isServer = setup.IsServer;
        Peer = isServer ? "client" : "server";
        _ownDoorbell = setup.OwnDoorbell;
        _peerDoorbell = setup.PeerDoorbell;
        _lifeline = setup.Lifeline;
        _claim = setup.Claim;
        _peerUserId = setup.PeerUserId;

        // Without a first event of its own, the first event is a ring; see OnDoorbell.
        _listens = !_ownDoorbell.HasEventWhenWatched;
        _statistics = new StatisticsLine(region.Header + (isServer ? RegionLayout.ServerStatistics : RegionLayout.ClientStatistics));

        // Stopwatch counts nanoseconds of CLOCK_MONOTONIC on Linux.
        _statistics.Identify(Mode, Environment.ProcessId, Stopwatch.GetTimestamp());
        _peerDoorbell.CountRingsIn(_statistics);

        var control0 = new RingControl(region.Header + RegionLayout.ControlBlock0);
        var control1 = new RingControl(region.Header + RegionLayout.ControlBlock1);
        RingControl send = isServer ? control1 : control0;
        RingControl receive = isServer ? control0 : control1;
        byte* sendData = isServer ? region.Ring1 : region.Ring0;
        byte* receiveData = isServer ? region.Ring0 : region.Ring1;
        int sendCapacity = isServer ? region.Capacity1 : region.Capacity0;
        int receiveCapacity = isServer ? region.Capacity0 : region.Capacity1;
        Producer = new RingProducer(send, sendData, sendCapacity, _peerDoorbell);
        Consumer = new RingConsumer(receive, receiveData, receiveCapacity, _peerDoorbell);
        SendMemory = new RingMemory(sendData, sendCapacity);
        ReceiveMemory = new RingMemory(receiveData, receiveCapacity);
        Data = new DataWaiter(this);
        Space = new SpaceWaiter(this);
        PollBudget = Poller.InitialBudget;
    }

    internal SharedRegion Region { get; }

    internal TachyonWaitMode Mode { get; }

    /// <summary>What the other side is, for messages: "client" or "server".</summary>
    internal string Peer { get; }

    internal RingProducer Producer { get; }

    internal RingConsumer Consumer { get; }

    internal RingMemory SendMemory { get; }

    internal RingMemory ReceiveMemory { get; }

    internal DataWaiter Data { get; }

    internal SpaceWaiter Space { get; }

    /// <summary>Whether the poller may run continuations of waits itself. True only for owners that never run user code inline.</summary>
    /// <remarks>Set by the owner, read by the thread that polls: a late look runs a continuation in the other way once, which is right too.</remarks>
    internal bool AllowInline
    {
        get => Volatile.Read(ref _allowInline);
        set => Volatile.Write(ref _allowInline, value);
    }

    /// <summary>Somebody looks at the waits all the time, so they need no arming.</summary>
    internal bool IsPolled => Volatile.Read(ref _polled);

    /// <summary>The peer's process is dead, or has closed its end altogether.</summary>
    internal bool IsPeerGone => Volatile.Read(ref _peerGone);

    /// <summary>Why this end failed: what <see cref="Fail"/> was given first.</summary>
    internal Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>The end of the receiving side was reported.</summary>
    internal bool IsReceiveEnded => Volatile.Read(ref _receiveEnded) is null;

    /// <summary>How the peer ended, as it was when the end was reported. None: this side ended first.</summary>
    internal ReceiveState FinalReceiveState => (ReceiveState)Volatile.Read(ref _finalReceiveState);

    internal bool IsClosed => Volatile.Read(ref _halvesOpen) == 0;

    // Bookkeeping of the poller; see there. The reactor writes it when an end joins, the poller while it polls. The two can overlap only after
    // the reactor took the end back from a poller that is still in its pass: then either's value is a fair guess, but never a torn one.
    internal long PollBudget
    {
        get => Volatile.Read(ref _pollBudget);
        set => Volatile.Write(ref _pollBudget, value);
    }

    internal long LastProgress
    {
        get => Volatile.Read(ref _lastProgress);
        set => Volatile.Write(ref _lastProgress, value);
    }

    internal long IdlePollTicks
    {
        get => Volatile.Read(ref _idlePollTicks);
        set => Volatile.Write(ref _idlePollTicks, value);
    }

    internal long Parks => Volatile.Read(ref _parks);

    internal long DoorbellsReceived => Volatile.Read(ref _doorbellsReceived);

    internal long DoorbellsRung => _peerDoorbell.Rung;

    /// <summary>
    /// Starts to listen to the doorbell and the lifeline. Once, before the first wait. Where it fails, the region is the creator's alone again.
    /// </summary>
    /// <param name="receiveEnded">Called once, from any thread, when the peer's bytes ended or both halves are closed. Must be quick.</param>
    internal void Start(Action? receiveEnded)
    {
        _receiveEnded = receiveEnded;
        if (Mode == TachyonWaitMode.Spin)
        {
            EnterPollMode();
        }

        ConnectionRegistry.Add(this);
        try
        {
            if (Mode == TachyonWaitMode.Spin)
            {
                SpinThread.Shared.EnsureStarted();
            }

            _reactor.Register(this, _ownDoorbell, _lifeline);
        }
        catch
        {
            ConnectionRegistry.Remove(this);
            Region.Release();
            throw;
        }

        Region.Unused = OnUnused;
        if (Mode == TachyonWaitMode.Spin)
        {
            SpinThread.Shared.Add(this);
        }
    }

    /// <summary>Fails both directions with <paramref name="reason"/> (the first reason stays) and resets the peer. Never blocks; idempotent.</summary>
    internal void Fail(Exception reason)
    {
        if (Interlocked.CompareExchange(ref _failure, reason, null) is not null)
        {
            return;
        }

        if (Region.TryAddReference())
        {
            if (!Volatile.Read(ref _outputClosed))
            {
                Producer.SetState(ProducerStates.Reset);
            }

            Consumer.SetClosed();
            _peerDoorbell.Ring();
            CompleteWaits();
            Region.Release();
        }
    }

    /// <summary>One look at the receiving half: the bytes that can be read now, and the end behind them if it has come. Its owner only.</summary>
    /// <exception cref="Exception">What this end failed with, if it did; a violation of the protocol by the peer is such a failure.</exception>
    internal ReceiveState CheckInput(out int available)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        // Before the tail: whoever sees that the producer finished, or is gone, must then see everything that it wrote.
        bool gone = IsPeerGone;
        uint state = Consumer.ProducerState;
        try
        {
            available = Consumer.Available();
            return state switch
            {
                ProducerStates.Open => gone ? ReceiveState.Died : ReceiveState.Open,
                ProducerStates.Finished => ReceiveState.Finished,
                ProducerStates.Reset => ReceiveState.Reset,
                _ => throw new TachyonProtocolException($"The peer broke the ring protocol: unknown producer state {state}."),
            };
        }
        catch (TachyonProtocolException exception)
        {
            Fail(exception);
            throw;
        }
    }

    /// <summary>One look at the reader of the sending half. Its owner only. A word that the protocol does not know fails this end.</summary>
    /// <returns>True when nobody reads any more.</returns>
    internal bool CheckOutput()
    {
        uint state = Producer.ConsumerState;
        if (state > ConsumerStates.Closed)
        {
            Fail(new TachyonProtocolException($"The peer broke the ring protocol: unknown consumer state {state}."));
        }

        return state != ConsumerStates.Open;
    }

    /// <summary>For a wait for data that ended without anything to report: only a peer that takes bytes back does that.</summary>
    internal Exception FailRetractedBytes()
    {
        Fail(new TachyonProtocolException("The peer broke the ring protocol: it took published bytes back."));
        return Failure!;
    }

    /// <summary>Ends the sending half towards the peer. Once. Its memory stays mapped until <see cref="ReleaseHalf"/>.</summary>
    internal void CloseOutput(uint state)
    {
        Producer.SetState(Failure is null ? state : ProducerStates.Reset);
        Volatile.Write(ref _outputClosed, true);

        // Always rung, whatever the sleep word says: closing is rare and must not hang on a subtlety.
        _peerDoorbell.Ring();
        CloseHalf();
    }

    /// <summary>Ends the receiving half towards the peer. Once. Its memory stays mapped until <see cref="ReleaseHalf"/>.</summary>
    /// <remarks>
    /// Reports no end while the sending half is open. Kestrel completes its input before its output, and takes a report for a client that
    /// left: it would reset a connection whose last bytes (GOAWAY) it has just sent.
    /// </remarks>
    internal void CloseInput()
    {
        Consumer.SetClosed();
        _peerDoorbell.Ring();
        CloseHalf();
    }

    /// <summary>Once for each half, when nobody uses its memory any more: after the second the region is unmapped.</summary>
    internal void ReleaseHalf(RingMemory memory)
    {
        memory.Close();
        Region.Release();
    }

    /// <summary>The doorbell rang. Reactor only, with the region referenced.</summary>
    internal void OnDoorbell()
    {
        bool first = !_listens;
        _listens = true;
        if (!first)
        {
            Volatile.Write(ref _doorbellsReceived, _doorbellsReceived + 1);
            _statistics.SetWakeUpsReceived(_doorbellsReceived);
        }

        DrainDoorbell();

        if (Consumer.ProducerState != ProducerStates.Open)
        {
            // Also when the owner does not read, as the sockets transport reports it, which reads ahead. Bytes before a FIN can still be read.
            NotifyReceiveEnded();
        }

        if (IsPolled)
        {
            // The poller looks anyway. If it is just leaving, it arms and looks again after _polled is cleared, and a doorbell
            // for that arming comes later than this one.
            return;
        }

        // The first event only says that the doorbell is watched from now on (its counter is never 0), unless the peer rang as early as
        // that: so it is worth a look, but no polling.
        if (!first && Mode == TachyonWaitMode.Adaptive && Poller.Shared.TryJoin(this))
        {
            return;
        }

        CompleteOrArm();
    }

    private void DrainDoorbell()
    {
        if (!_ownDoorbell.CanPeerBlockDrain)
        {
            _ownDoorbell.Drain();
        }
        else if (_ownDoorbell.IsNearlyFull() && Interlocked.Exchange(ref _drainQueued, 1) == 0)
        {
            PeerThread.Run(_peerUserId, DrainAndLookAgain);
        }
    }

    private void DrainAndLookAgain()
    {
        // Before the drain, partner of the exchange in DrainDoorbell: the event of a ring that comes after the drain finds 0 there and queues the next.
        Interlocked.Exchange(ref _drainQueued, 0);
        _ownDoorbell.Drain();
        if (!Region.TryAddReference())
        {
            return;
        }

        try
        {
            // A ring that found no room since the look of the reactor comes before this look.
            if (Consumer.ProducerState != ProducerStates.Open)
            {
                NotifyReceiveEnded();
            }

            if (!IsPolled)
            {
                CompleteOrArm();
            }
        }
#pragma warning disable CA1031 // As in the reactor: it must not end the thread.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Fail(exception);
        }
        finally
        {
            Region.Release();
        }
    }

    /// <summary>The lifeline hung up. Reactor only; the memory may be unused already.</summary>
    internal void OnHangUp()
    {
        // A client can make further events by opening and closing the pipe again. Only the first counts.
        if (_claim is not null && Interlocked.Exchange(ref _hungUp, 1) == 0)
        {
            LetGo();
        }
    }

    /// <summary>The lifeline hung up. Reactor only, with the region referenced.</summary>
    internal void OnPeerGone()
    {
        Volatile.Write(ref _peerGone, true);
        CompleteWaits();
    }

    /// <summary>From now on somebody looks at the waits. Called before the poller sees this end.</summary>
    internal void EnterPollMode() => Volatile.Write(ref _polled, true);

    /// <summary>From now on nobody looks: whoever waits is armed. Called by the one that took this end off the poll set.</summary>
    internal void LeavePollMode()
    {
        Volatile.Write(ref _polled, false);

        // Full fence, partner of Waiter.Begin (phase = waiting; fence; read polled): either the sleeper sees that nobody polls
        // and arms itself, or we see that it waits and arm for it. Both may happen, which is harmless.
        Interlocked.MemoryBarrier();
        Data.ArmAndLookAgain();
        Space.ArmAndLookAgain();
    }

    /// <summary>One look at both waits. Poller or spin thread, with the region referenced.</summary>
    internal bool Poll()
    {
        bool inline = AllowInline;
        bool progress = Data.TryComplete(inline);
        return Space.TryComplete(inline) || progress;
    }

    /// <summary>An owner begins to sleep with nobody polling.</summary>
    internal void CountPark() => _statistics.SetParks(Interlocked.Increment(ref _parks));

    /// <summary>Reports the end of the receiving side, once. With the region referenced.</summary>
    internal void NotifyReceiveEnded()
    {
        if (Interlocked.Exchange(ref _receiveEnded, null) is not { } receiveEnded)
        {
            return;
        }

        if (Failure is null)
        {
            // The state goes first: a peer that closed in order is gone, too.
            bool gone = IsPeerGone;
            ReceiveState ending = Consumer.ProducerState switch
            {
                ProducerStates.Finished => ReceiveState.Finished,
                ProducerStates.Reset => ReceiveState.Reset,
                _ => gone ? ReceiveState.Died : ReceiveState.Open,
            };
            Volatile.Write(ref _finalReceiveState, (int)ending);
        }

        receiveEnded();
    }

    private void CompleteOrArm()
    {
        if (!Data.TryComplete(inline: false))
        {
            Data.ArmAndLookAgain();
        }

        if (!Space.TryComplete(inline: false))
        {
            Space.ArmAndLookAgain();
        }
    }

    private void CompleteWaits()
    {
        // Full fence, partner of Waiter.Begin: either the sleeper sees the failure or the dead peer, or we see that it waits.
        Interlocked.MemoryBarrier();
        Data.TryComplete(inline: false);
        Space.TryComplete(inline: false);
        NotifyReceiveEnded();
    }

    private void CloseHalf()
    {
        if (Interlocked.Decrement(ref _halvesOpen) != 0)
        {
            return;
        }

        _reactor.UnregisterDoorbell(this, _ownDoorbell);
        ConnectionRegistry.Remove(this);
        RunOnPeerThreadIfOtherUser(CloseDoorbells);
        NotifyReceiveEnded();
    }

    private void CloseDoorbells()
    {
        _ownDoorbell.Dispose();
        _peerDoorbell.Dispose();
    }

    private void OnUnused()
    {
        if (_claim is null)
        {
            RunOnPeerThreadIfOtherUser(Unmap);
        }
        else
        {
            LetGo();
        }
    }

    /// <summary>
    /// The peer's lifeline hangs up with this. Not before the memory is unused: the server then removes its pages, and memory that a pipe has handed
    /// out, as well as the states, would turn to zeros.
    /// </summary>
    private void Unmap()
    {
        Region.Unmap();
        _reactor.UnregisterLifeline(this, _lifeline);
        _lifeline.Dispose();
    }

    /// <summary>
    /// One of the two that hold a server's connection after its end has let go: the client, by its end of the lifeline, or the users of
    /// the memory in this process. After the second the memory is returned and the place among the limits is free.
    /// </summary>
    /// <remarks>
    /// Not at the end of the connection: the client may still read what was published, and a client that keeps the memory would occupy more
    /// than its limits each time it connects.
    /// </remarks>
    private void LetGo()
    {
        if (Interlocked.Decrement(ref _holders) == 0)
        {
            // Also for a peer of our own user: a client can hold the lock of the file's inode, by a write whose page fault is not answered.
            PeerThread.Run(_peerUserId, ReturnMemory);
        }
    }

    private void ReturnMemory()
    {
        // The client may have kept the memfd, which keeps the pages: ours are charged to this process until they are removed.
        Region.RemovePages();
        Unmap();
        _claim!.Dispose();
    }

    /// <summary>A peer of another user can make this work wait: on the peer thread it holds up connections of that user only.</summary>
    private void RunOnPeerThreadIfOtherUser(Action work)
    {
        if (_ownDoorbell.IsBetweenUsers)
        {
            PeerThread.Run(_peerUserId, work);
        }
        else
        {
            work();
        }
    }
}
