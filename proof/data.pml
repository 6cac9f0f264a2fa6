// A reader that sleeps, a writer that wakes it, and a process that cancels the reader's wait: the data direction, parked.
// The reader must get every byte in order and the cancellation; a process that sleeps for ever shows as an invalid end state.

#ifndef MESSAGES
#define MESSAGES 3
#endif
#define CANCELS 1
#define CAPACITY 4
#define THREADS 4
#define WAITS_FOR_DATA

#include "memory.pml"
#include "ring.pml"
#define KIND data
#include "waiter.pml"

bool consumer_bell;

active proctype Writer() {
    byte own;
    do
    :: own < MESSAGES ->
#ifdef TAIL_BEFORE_BYTE
        atomic { publish_tail(1); own--; write_byte(0); own++ };
#else
        atomic { write_byte(0); publish_tail(1) };
#endif
        wake_consumer()
    :: else -> break
    od
}

active proctype Reader() {
    byte own, cancels, phase, waiting, seen, other;
    bool done, polled, woken;
    do
    :: own == MESSAGES && cancels == CANCELS -> break
    :: else ->
        // src: Pipelines/RingStream.cs ReadAsync: if (!_pending.IsTurnOver && TryRead(buffer, out var count))
        take_canceled_data();
        atomic {
            cancels = cancels + done;
            woken = woken && !done;
            done = false
        };
        available();
        if
        :: other > 0 -> atomic { other = 0; woken = false; read_byte(0); advance_head(1) }
        :: other == 0 ->
            // src: Pipelines/RingStream.cs FinishRead: throw _connection.FailRetractedBytes();
            assert(!woken); // a wait never ends with nothing to do
            if
            :: own == MESSAGES && cancels == CANCELS -> break
            :: else ->
                // src: Pipelines/PendingRead.cs Begin: return waiter.Begin(yield);
                begin_data(false);
                if
                :: atomic { done -> done = false; woken = true }
                :: atomic { !done && mem[RESULT_data] == 1 -> take_result_data(); woken = true }
                fi
            fi
        fi
    od
}

active proctype Reactor() {
    byte armed, phase, seen;
    bool done;
end:
    do
    :: atomic { consumer_bell -> consumer_bell = false };
        // src: Waiting/WatchedConnection.cs CompleteOrArm: if (!DataWait.TryComplete(inline))
        try_complete_data();
        if
        :: done -> done = false
#ifndef NO_REARM
        // src: Waiting/WatchedConnection.cs CompleteOrArm: DataWait.ArmAndRecheck();
        :: !done -> arm_and_recheck_data()
#else
        :: !done
#endif
        fi
    od
}

active proctype Canceller() {
    byte phase, seen;
    bool done;
    cancel_data()
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
