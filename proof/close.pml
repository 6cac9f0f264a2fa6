// How waits end: one end with a wait for data (or, with -DSPACE, a wait for space in a ring that stays full), its reactor, another
// thread that may fail the end; and a peer that publishes up to two bytes and then finishes, resets, or dies at any moment.
// The wait must end, and the reader must have read every published byte before it hears of the end.

#ifdef SPACE
#undef MESSAGES
#define MESSAGES 0
#define EACH(do_data, do_space) do_space
#else
#ifndef MESSAGES
#define MESSAGES 2
#endif
#define EACH(do_data, do_space) do_data
#endif
#define CAPACITY 4
#define THREADS 4
#define WAITS_FOR_DATA
#define ENDS_BY_ITSELF

#include "memory.pml"
#include "ring.pml"
#define KIND data
#include "waiter.pml"
#undef KIND
#define KIND space
#include "waiter.pml"

bool consumer_bell;   // this end's doorbell
bool lifeline;        // the peer's process is gone
bool graceful;        // ghost: the peer finished before it went
byte published;       // ghost: the bytes that it had published when it ended

inline say(word, state) {
#ifdef STATE_BY_PLAIN_STORE
    put(word, state, PLAIN)
#else
    // src: Ring/RingProducer.cs SetState: control.PublishProducerStateRelease(state)
    // src: Ring/RingConsumer.cs SetClosed: control.PublishConsumerStateRelease(ConsumerStates.Closed)
    // src: Ring/RingControl.cs PublishProducerStateRelease: Volatile.Write(ref ProducerState, state)
    // src: Ring/RingControl.cs PublishConsumerStateRelease: Volatile.Write(ref ConsumerState, state)
    store(word, state)
#endif
}

inline ring_after_state() {
#if !defined(NO_RING_ON_CLOSE) && !defined(RING_BEFORE_STATE)
    // src: Connection/ConnectionCore.cs RingAndCloseHalf: _peerDoorbell.Ring();
    // src: Connection/ConnectionCore.cs RingAndCloseHalf: _peerDoorbell.Ring();
    // src: Connection/ConnectionCore.cs Fail: _peerDoorbell.Ring();
    ring_bell(consumer_bell)
#else
    skip
#endif
}

active proctype Peer() {
    byte own;
    do
    :: own < MESSAGES -> atomic { publish_tail(1); published = own }; wake_consumer()
    :: true -> goto dies
    :: true -> break
    od;
#ifdef RING_BEFORE_STATE
    ring_bell(consumer_bell);
#endif
    if
    :: true ->
        // src: Connection/ConnectionCore.cs CloseOutput: Producer.SetState(Failure is null ? state : ProducerStates.Reset);
#ifdef STATE_BEFORE_TAIL
        atomic { say(PRODUCER_STATE, FINISHED); publish_tail(1); published = own; graceful = true };
#else
        atomic { say(PRODUCER_STATE, FINISHED); graceful = true };
#endif
        ring_after_state();
        // src: Connection/ConnectionCore.cs CloseInput: Consumer.SetClosed();
        say(CONSUMER_STATE, CLOSED);
        ring_after_state();
        // Once the memory is unused, hence after both states; any time may pass between the steps of a process here.
        // src: Connection/ConnectionResources.cs Unmap: _lifeline.Dispose();
#ifndef NO_RING_ON_CLOSE
        goto dies
#else
        goto lives
#endif
    :: true ->
        // src: Connection/ConnectionCore.cs Fail: Producer.SetState(ProducerStates.Reset);
        // src: Connection/ConnectionCore.cs Fail: Consumer.SetClosed();
        atomic { say(PRODUCER_STATE, RESET); say(CONSUMER_STATE, CLOSED) };
        ring_after_state();
        goto lives
    fi;
dies:
    // What a process stored before its end drains before the kernel closes its descriptors.
    atomic { FENCE -> lifeline = true };
lives:
    skip
}

#ifndef SPACE

active proctype Reader() {
    byte own, phase, waiting, seen, other, state;
    bool done, polled, gone, woken;
    do
    :: true ->
        // src: Connection/ConnectionCore.cs CheckInput: if (Failure is { } failure)
        if
        :: READ(FAILURE) != 0 -> break
        :: READ(FAILURE) == 0
        fi;
#if !defined(GONE_AFTER_TAIL) && !defined(GONE_AFTER_STATE)
        // src: Connection/ConnectionCore.cs CheckInput: var gone = IsPeerGone;
        gone = READ(PEER_GONE);
#endif
#ifndef STATE_AFTER_TAIL
        // src: Connection/ConnectionCore.cs CheckInput: var state = Consumer.ProducerState;
        state = READ(PRODUCER_STATE);
#endif
#ifdef GONE_AFTER_STATE
        gone = READ(PEER_GONE);
#endif
        // src: Connection/ConnectionCore.cs CheckInput: available = Consumer.Available();
        available();
#ifdef STATE_AFTER_TAIL
        state = READ(PRODUCER_STATE);
#endif
#ifdef GONE_AFTER_TAIL
        gone = READ(PEER_GONE);
#endif
        if
        :: other > 0 -> atomic { other = 0; gone = false; state = 0; woken = false; advance_head(1) }
        // src: Connection/ConnectionCore.cs CheckInput: ProducerStates.Open => gone ? ReceiveState.Died : ReceiveState.Open,
        :: other == 0 && state == OPEN && !gone ->
            if
            :: atomic { woken && READ(FAILURE) == 0 -> assert(false) } // a wait never ends with nothing to do
            :: atomic { woken && READ(FAILURE) != 0 -> break }
            :: !woken
            fi;
            begin_data(false);
            if
            :: atomic { done -> done = false; woken = true }
            :: atomic { !done && mem[RESULT_data] == 1 -> take_result_data(); woken = true }
            fi
        :: other == 0 && (state != OPEN || gone) ->
            assert(own == published); // every byte before the end
            assert(state != OPEN || !graceful); // who finished did not die
            break
        fi
    od
}

#else

active proctype Writer() {
    byte phase, waiting, seen, other;
    bool done, polled;
    put(WANTED, CAPACITY + 1, PLAIN);
    begin_space(false);
    if
    :: atomic { done -> done = false }
    :: atomic { !done && mem[RESULT_space] == 1 -> take_result_space() }
    fi
}

#endif

inline go_down() {
    // src: Waiting/WatchedConnection.cs CompleteWaits: Interlocked.MemoryBarrier();
#ifndef NO_FENCE_DOWN
    FENCE;
#endif
#ifndef DOWN_WITHOUT_LOOK
    // src: Waiting/WatchedConnection.cs CompleteWaits: DataWait.TryComplete(inline: false);
    // src: Waiting/WatchedConnection.cs CompleteWaits: SpaceWait.TryComplete(inline: false);
    EACH(try_complete_data(), try_complete_space());
#endif
    done = false
}

active proctype Reactor() {
    byte armed, phase, seen, other;
    bool done;
end:
    do
    :: atomic { consumer_bell -> consumer_bell = false };
        EACH(try_complete_data(), try_complete_space());
        if
        :: done -> done = false
        :: !done -> EACH(arm_and_recheck_data(), arm_and_recheck_space())
        fi
    :: atomic { lifeline -> lifeline = false };
        // src: Connection/ConnectionCore.Events.cs OnPeerGone: Volatile.Write(ref _peerGone, true);
        store(PEER_GONE, 1);
        // src: Connection/ConnectionCore.Events.cs OnPeerGone: CompleteWaits();
        go_down()
    od
}

active proctype Failing() {
    byte phase, seen, other;
    bool done;
    if
    :: true
    :: true ->
        // src: Connection/ConnectionCore.cs Fail: if (Interlocked.CompareExchange(ref _failure, reason, null) is not null)
#ifdef FAIL_BY_STORE
        store(FAILURE, 1);
#else
        atomic { FENCE -> mem[FAILURE] = 1 };
#endif
        // src: Connection/ConnectionCore.cs Fail: CompleteWaits();
        go_down()
    fi
}

active proctype Memory() {
end:
    do
    DRAIN(0)
    DRAIN(1)
    DRAIN(2)
    DRAIN(3)
    od
}
