using System.Diagnostics;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Ring;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Connection;

/// <summary>
/// This process's side of one connection: its two ring halves, their waits, its failure and its end. The pipes and the stream are views of
/// it. ConnectionCore.Events.cs has what the reactor calls.
/// </summary>
internal sealed partial class ConnectionCore : WatchedConnection
{
    private readonly Doorbell _peerDoorbell;
    private readonly DoorbellReceiver _doorbellReceiver;
    private readonly ConnectionResources _resources;
    private readonly Reactor _reactor;

    private bool _peerGone;
    private bool _outputClosed;
    private Exception? _failure;
    private Action? _receiveEnded;
    private int _finalReceiveState;

    /// <exception cref="IOException">Out of descriptors. The region is still the creator's alone.</exception>
    internal ConnectionCore(ConnectionSetup setup)
        : this(setup, setup.Before?.Reactor ?? Reactors.Next(), RingPair.Of(setup.Region, setup.IsServer))
    {
    }

    private unsafe ConnectionCore(ConnectionSetup setup, Reactor reactor, RingPair rings)
        : base(setup.Region, new StatisticsLine(setup.Region.Header + rings.StatisticsOffset))
    {
        // One reference for each half; the creator's is the first half's.
        _ = Region.TryAddReference();
        Mode = setup.Mode;
        IsServer = setup.IsServer;
        Peer = IsServer ? "client" : "server";

        // Stopwatch counts nanoseconds of CLOCK_MONOTONIC on Linux.
        Statistics.Identify(Mode, Environment.ProcessId, Stopwatch.GetTimestamp());
        _peerDoorbell = setup.PeerDoorbell;
        _peerDoorbell.CountRingsIn(Statistics);
        _doorbellReceiver = new DoorbellReceiver(setup.OwnDoorbell, Statistics, setup.PeerUserId, OnDrained);
        _reactor = reactor;
        _resources = new ConnectionResources(setup, reactor, this);
        Producer = rings.Send.CreateProducer(_peerDoorbell);
        Consumer = rings.Receive.CreateConsumer(_peerDoorbell);
        SendMemory = rings.Send.CreateMemory();
        ReceiveMemory = rings.Receive.CreateMemory();
        DataWait = Data = new DataWaiter(this);
        SpaceWait = Space = new SpaceWaiter(this);
    }

    internal TachyonWaitMode Mode { get; }

    internal bool IsServer { get; }

    /// <summary>What the other side is, for messages: "client" or "server".</summary>
    internal string Peer { get; }

    /// <summary>What a capture writes about the connection. Set before <see cref="Start"/>.</summary>
    internal ConnectionFacts? Facts { get; set; }

    internal RingProducer Producer { get; }

    internal RingConsumer Consumer { get; }

    internal RingMemory SendMemory { get; }

    internal RingMemory ReceiveMemory { get; }

    internal DataWaiter Data { get; }

    internal SpaceWaiter Space { get; }

    /// <summary>The peer's process is dead, or has closed the connection altogether.</summary>
    internal bool IsPeerGone => Volatile.Read(ref _peerGone);

    /// <summary>Why this side failed: the first reason given to <see cref="Fail"/>.</summary>
    internal Exception? Failure => Volatile.Read(ref _failure);

    /// <summary>The end of the receiving side was reported.</summary>
    internal bool IsReceiveEnded => Volatile.Read(ref _receiveEnded) is null;

    /// <summary>How the peer ended, at the time when the end was reported. Open: this side ended first.</summary>
    internal ReceiveState FinalReceiveState => (ReceiveState)Volatile.Read(ref _finalReceiveState);

    internal long DoorbellsReceived => _doorbellReceiver.RingsReceived;

    internal long DoorbellsRung => _peerDoorbell.Rung;

    /// <summary>
    /// Starts to watch the doorbell and the lifeline. Once, before the first wait. Where it fails, the region is the creator's alone again.
    /// </summary>
    /// <param name="receiveEnded">
    /// Called once, from any thread, when the peer's bytes ended or both halves are closed. Must be quick.
    /// </param>
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

            _resources.Watch();
        }
        catch
        {
            ConnectionRegistry.Remove(this);
            Region.Release();
            throw;
        }

        if (Mode == TachyonWaitMode.Spin)
        {
            SpinThread.Shared.Add(this);
        }
    }

    internal override void Fail(Exception reason)
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
            NotifyReceiveEnded();
            Region.Release();
        }
    }

    /// <summary>Checks the receiving half: the bytes that can be read now, and the end after them if it has come. Its owner only.</summary>
    /// <exception cref="Exception">
    /// The failure of this side, if there is one. A violation of the protocol by the peer is such a failure.
    /// </exception>
    internal ReceiveState CheckInput(out int available)
    {
        if (Failure is { } failure)
        {
            throw failure;
        }

        // Before the tail: a reader that sees that the producer finished, or is gone, must then see everything that it wrote.
        var gone = IsPeerGone;
        var state = Consumer.ProducerState;
        try
        {
            available = Consumer.Available();
            if (state != ProducerStates.Open || gone)
            {
                Consumer.OnProducerEnded(isFinished: state == ProducerStates.Finished);
            }

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

    /// <summary>
    /// Checks whether the sending half still has a reader. Its owner only. A state that the protocol does not know fails this side.
    /// </summary>
    internal SendState CheckOutput()
    {
        var state = Producer.ConsumerState;
        if (state > ConsumerStates.Closed)
        {
            Fail(new TachyonProtocolException($"The peer broke the ring protocol: unknown consumer state {state}."));
        }

        return Failure is not null ? SendState.Failed
            : state != ConsumerStates.Open || IsPeerGone ? SendState.Unread
            : SendState.Open;
    }

    /// <summary>As <see cref="CheckOutput()"/>, and the bytes that can be written now. An impossible head fails this side.</summary>
    /// <param name="free">0 unless the half is open.</param>
    internal SendState CheckOutput(out int free)
    {
        free = 0;
        var state = CheckOutput();
        if (state == SendState.Open)
        {
            try
            {
                free = Producer.Free();
            }
            catch (TachyonProtocolException exception)
            {
                Fail(exception);
                return SendState.Failed;
            }
        }

        return state;
    }

    /// <summary>For a wait for data that ended and found none: only a peer that retracts published bytes causes that.</summary>
    internal Exception FailRetractedBytes()
    {
        Fail(new TachyonProtocolException("The peer broke the ring protocol: it took published bytes back."));
        return Failure!;
    }

    /// <summary>Ends the sending half towards the peer. Once. Its memory stays mapped until <see cref="ReleaseHalf"/>.</summary>
    internal void CloseOutput(uint state)
    {
        Debug.Assert(!_outputClosed, "The sending half is closed once.");
        Producer.SetState(Failure is null ? state : ProducerStates.Reset);
        Volatile.Write(ref _outputClosed, true);
        RingAndCloseHalf();
    }

    /// <summary>Ends the receiving half towards the peer. Once. Its memory stays mapped until <see cref="ReleaseHalf"/>.</summary>
    /// <remarks>
    /// Reports no end while the sending half is open. Kestrel completes its input before its output, and takes a report for a client that
    /// left: it would reset a connection whose last bytes (GOAWAY) it has just sent.
    /// </remarks>
    internal void CloseInput()
    {
        Debug.Assert(Region.IsReferenced, "Each half holds a reference until it is released.");
        Consumer.SetClosed();
        RingAndCloseHalf();
    }

    /// <summary>Once for each half, when no caller uses its memory any more: after the second the region is unmapped.</summary>
    internal void ReleaseHalf(RingMemory memory)
    {
        Debug.Assert(Region.IsReferenced, "Each half is released once.");
        memory.Close();
        Region.Release();
    }

    private void RingAndCloseHalf()
    {
        // Rung whatever the sleep word is: closing is rare, and must not depend on the details of sleeping. But a peer that has ended both
        // directions waits for nothing more.
        if (Consumer.ProducerState == ProducerStates.Open || Producer.ConsumerState == ConsumerStates.Open)
        {
            _peerDoorbell.Ring();
        }

        if (CloseHalf())
        {
            _resources.UnwatchDoorbell();
            ConnectionRegistry.Remove(this);
            _resources.CloseDoorbells();
            NotifyReceiveEnded();
        }
    }
}
