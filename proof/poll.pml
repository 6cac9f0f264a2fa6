// A reader whose end is taken into the poll set by its doorbell, polled, left by the poller after any number of looks, or taken back by
// the reactor at any moment (as if the poller were always suspected to be stuck), also in the middle of a pass; and joined again.
// The poller looks for as long as the end is in the set; who sleeps for ever after it left shows as an invalid end state.

#ifndef MESSAGES
#define MESSAGES 3
#endif
#define CAPACITY 4
#define THREADS 4
#define WAITS_FOR_DATA
#define IS_POLLED
#ifndef YIELD
#define YIELD false
#endif

#include "memory.pml"
#include "ring.pml"
#define KIND data
#include "waiter.pml"
#define LOOK arm_and_recheck_data
#include "poller.pml"

bool consumer_bell;

active proctype Writer() {
    byte own;
    do
    :: own < MESSAGES ->
        atomic { publish_tail(1) };
        wake_consumer()
    :: own == MESSAGES -> break
    od
}

active proctype Reader() {
    byte own, phase, waiting, seen, other;
    bool done, polled;
    do
    :: own == MESSAGES -> break
    :: own < MESSAGES ->
        if
        :: !YIELD && READ(TAIL) != own
        // With YIELD it has read so much that it begins a wait whatever there is.
        // src: Pipelines/PendingRead.cs Begin: var yield = IsTurnOver;
        :: YIELD || READ(TAIL) == own ->
            begin_data(YIELD);
            if
            :: atomic { done -> done = false }
            :: atomic { !done && mem[RESULT_data] == 1 -> take_result_data() }
            fi
        fi;
        atomic { assert(READ(TAIL) != own); advance_head(1) } // a wait never ends with nothing to do
    od
}

active proctype Reactor() {
    byte armed, phase, seen;
    bool done;
end:
    do
    :: atomic { consumer_bell -> consumer_bell = false };
        // src: Connection/ConnectionCore.Events.cs OnDoorbell: if (IsPolled)
        if
        :: READ(POLLED) == 1
        :: READ(POLLED) == 0 ->
            // src: Connection/ConnectionCore.Events.cs OnDoorbell: if (isRing && !inPool && Mode == TachyonWaitMode.Adaptive && _reactor.Poller.TryJoin(this))
            if
            :: true -> join()
            :: true ->
                // src: Connection/ConnectionCore.Events.cs OnDoorbell: CompleteOrArm(inPool);
                try_complete_data();
                if
                :: done -> done = false
                :: !done -> arm_and_recheck_data()
                fi
            fi
        fi
    // src: Waiting/Poller.cs ReclaimIfStalled: foreach (var connection in Volatile.Read(ref _connections))
    // src: Waiting/Poller.cs ReclaimIfStalled: Leave(connection, release: false);
    :: READ(ENDS) == 1 -> leave()
    od
}

active proctype Poller() {
    byte armed, phase, seen;
    bool done;
end:
    do
    // src: Waiting/Poller.cs PollAll: var connections = Volatile.Read(ref _connections);
    :: READ(ENDS) == 1 ->
        // src: Waiting/Poller.cs PollAll: if (connection.Poll())
        // src: Waiting/WatchedConnection.cs Poll: var progress = DataWait.TryComplete(inline);
        try_complete_data();
        if
        :: done -> done = false
        :: !done
        // src: Waiting/Poller.cs PollAll: Leave(connection, release: true);
        :: !done -> leave()
        fi
    od
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
