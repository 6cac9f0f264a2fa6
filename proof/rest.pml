// The poller as a work item: who queues it, when it comes to rest, and who gives back the references that the poll set holds.
// One end, joined by the reactor, left by the poller or taken back by the reactor in the middle of anything. Two workers, because the
// item that was queued last may run before the one that comes to rest has returned.

#ifndef JOINS
#define JOINS 4
#endif
#define TAKE_BACKS 3
#define THREADS 3

#include "memory.pml"

byte queued;   // work items in the pool
byte polling;  // ghost: work items that are in a pass
byte held;     // ghost: the references to the end's region that the poll set holds

// src: Waiting/Poller.cs Leave: lock (_lock)
inline enter_lock() { atomic { FENCE && mem[LOCK] == 0 -> mem[LOCK] = 1 } }

inline release(references) {
    // src: Waiting/Poller.cs ReleaseReclaimed: connection.Region.Release();
    assert(held >= references);
    held = held - references
}

active proctype Reactor() {
    byte joins, taken_back;
    do
    :: joins < JOINS && READ(POLLED) == 0 ->
        // It waits here for as long as it is refused: at the end none may be refused.
        if
        :: READ(STUCK) == 0
#ifndef STUCK_STAYS
        // src: Waiting/Poller.cs TryJoin: if (Volatile.Read(ref _stalled) && Volatile.Read(ref _scheduled) == 0)
        // src: Waiting/Poller.cs TryJoin: Volatile.Write(ref _stalled, false);
        :: atomic { READ(STUCK) == 1 && READ(SCHEDULED) == 0 -> store(STUCK, 0) }
#endif
        fi;
        joins++;
        // src: Waiting/Poller.cs TryJoin: if (Volatile.Read(ref _stalled)
        atomic { FENCE -> held++ };
        // src: Waiting/Poller.cs TryJoin: connection.EnterPollMode();
        store(POLLED, 1);
        // src: Waiting/Poller.cs TryJoin: lock (_lock)
        enter_lock();
        // src: Waiting/Poller.cs TryJoin: Volatile.Write(ref _connections, [.. _connections, connection]);
        atomic { assert(READ(ENDS) == 0); store(ENDS, 1); store(LOCK, 0) };
        // src: Waiting/Poller.cs TryJoin: if (Interlocked.Exchange(ref _scheduled, 1) == 0)
        // src: Waiting/Poller.cs TryJoin: ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
        if
#ifdef JOIN_BY_STORE
        :: READ(SCHEDULED) == 1
        :: READ(SCHEDULED) == 0 -> atomic { store(SCHEDULED, 1); queued++ }
#else
        :: atomic { FENCE && mem[SCHEDULED] == 1 -> skip }
        :: atomic { FENCE && mem[SCHEDULED] == 0 -> mem[SCHEDULED] = 1; queued++ }
#endif
        fi
    // As if it were always suspected to be stuck.
    :: taken_back < TAKE_BACKS && READ(ENDS) == 1 ->
        taken_back++;
        // src: Waiting/Poller.cs ReclaimIfStalled: Volatile.Write(ref _stalled, true);
        store(STUCK, 1);
        // src: Waiting/Poller.cs ReclaimIfStalled: Leave(connection, release: false);
        enter_lock();
        // src: Waiting/Poller.cs Leave: _reclaimed.Add(connection);
        // src: Waiting/Poller.cs Leave: Volatile.Write(ref _connections, [.. _connections[..index], .. _connections[(index + 1)..]]);
        if
        :: atomic { READ(ENDS) == 0 -> store(LOCK, 0) }
#ifdef RELEASE_AT_ONCE
        :: atomic { READ(ENDS) == 1 -> store(ENDS, 0); store(LOCK, 0) };
            store(POLLED, 0);
            atomic { FENCE -> release(1) }
#else
#ifdef NOTE_AFTER_REMOVAL
        :: atomic { READ(ENDS) == 1 -> store(ENDS, 0); put(TO_RELEASE, mem[TO_RELEASE] + 1, PLAIN); store(LOCK, 0) };
#else
        :: atomic { READ(ENDS) == 1 -> put(TO_RELEASE, mem[TO_RELEASE] + 1, PLAIN); store(ENDS, 0); store(LOCK, 0) };
#endif
            // src: Waiting/WatchedConnection.cs LeavePollMode: Volatile.Write(ref _polled, false);
            // src: Waiting/WatchedConnection.cs LeavePollMode: Interlocked.MemoryBarrier();
            store(POLLED, 0);
            FENCE
#endif
        fi
    :: atomic { timeout ->
            assert(joins == JOINS); // no doorbell was refused for ever
            assert(mem[ENDS] == 0 && mem[SCHEDULED] == 0); // no connection is in the set without a poller
            assert(held == 0); // every reference was given back
            break }
    od
}

active [2] proctype Worker() {
    byte ends;
end:
    do
    :: atomic { queued > 0 -> queued--; assert(polling == 0); polling++ }; // one poller at a time
        do
        :: true ->
            // src: Waiting/Poller.cs Execute: Volatile.Write(ref _stalled, false);
            // src: Waiting/Poller.cs Execute: ReleaseReclaimed();
            // src: Waiting/Poller.cs ReleaseReclaimed: if (!Volatile.Read(ref _hasReclaimed))
            // (With one older store in the buffer at most: passes that find nothing would fill any buffer with this same store.)
            atomic { buffer[_pid].n < 2 -> store(STUCK, 0); ends = READ(TO_RELEASE) };
            if
            :: atomic { ends == 0 -> skip }
            :: atomic { ends > 0 -> ends = 0 };
                // src: Waiting/Poller.cs ReleaseReclaimed: lock (_lock)
                enter_lock();
                // src: Waiting/Poller.cs ReleaseReclaimed: _reclaimed.Clear();
                atomic { ends = READ(TO_RELEASE); release(ends); ends = 0; put(TO_RELEASE, 0, PLAIN); store(LOCK, 0) }
            fi;
            // src: Waiting/Poller.cs PollAll: var connections = Volatile.Read(ref _connections);
            ends = READ(ENDS);
            if
            :: ends == 0
            :: ends == 1 ->
                // src: Waiting/Poller.cs PollAll: if (connection.Poll())
                assert(held > 0); // the region is mapped
                ends = 0;
                if
                :: true
                // src: Waiting/Poller.cs PollAll: Leave(connection, release: true);
                :: true ->
                    assert(held > 0);
                    enter_lock();
                    if
                    :: atomic { READ(ENDS) == 0 -> store(LOCK, 0) }
                    :: atomic { READ(ENDS) == 1 -> store(ENDS, 0); store(LOCK, 0); store(POLLED, 0) };
                        // src: Waiting/Poller.cs Leave: connection.Region.Release();
                        atomic { FENCE -> release(1) }
                    fi
                fi
            fi;
            // src: Waiting/Poller.cs Execute: if (!IsActive && TryStop())
            if
            :: READ(ENDS) == 1
            :: atomic { READ(ENDS) == 0 -> polling-- };
                // src: Waiting/Poller.cs TryStop: Volatile.Write(ref _scheduled, 0);
                store(SCHEDULED, 0);
                // src: Waiting/Poller.cs TryStop: Interlocked.MemoryBarrier();
#ifndef NO_FENCE_REST
                FENCE;
#endif
                // src: Waiting/Poller.cs TryStop: return (!IsActive && !Volatile.Read(ref _hasReclaimed)) || Interlocked.Exchange(ref _scheduled, 1) != 0;
#ifdef REST_WITHOUT_LOOK
                break;
#endif
                if
                :: atomic { READ(ENDS) == 0 -> skip };
#ifdef REST_KEEPS_REFERENCES
                    break
#else
                    if
                    :: READ(TO_RELEASE) == 0 -> break
                    :: READ(TO_RELEASE) > 0
                    fi
#endif
                :: READ(ENDS) == 1
                fi;
#ifdef REST_BY_STORE
                atomic { store(SCHEDULED, 1); assert(polling == 0); polling++ }
#else
                if
                :: atomic { FENCE && mem[SCHEDULED] == 1 -> break }
                :: atomic { FENCE && mem[SCHEDULED] == 0 -> mem[SCHEDULED] = 1; assert(polling == 0); polling++ }
                fi
#endif
            fi;
            // src: Waiting/Poller.cs Execute: if ((progress || idlePasses % PassesPerPoolCheck == 0) && ThreadPool.PendingWorkItemCount > 0)
            if
            :: true
            // src: Waiting/Poller.cs Execute: ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
            :: atomic { FENCE -> polling--; queued++; break }
            fi
        od
    od
}

active proctype Memory() {
end:
    do
    DRAIN(0)
    DRAIN(1)
    DRAIN(2)
    od
}
