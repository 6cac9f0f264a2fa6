// Joining and leaving the poll set, as ConnectionCore and Poller do it; one end. LOOK names what looks at the waits of that end again.

// A critical section is one step: entering it is an interlocked operation, and rest.pml looks closer at how others see the set.

#ifdef NO_FENCE_LEAVE
#define LEAVE_FENCE true
#else
#define LEAVE_FENCE FENCE
#endif

inline leave_poll_mode() {
    // src: Waiting/WatchedConnection.cs LeavePollMode: Volatile.Write(ref _polled, false);
    // src: Waiting/WatchedConnection.cs LeavePollMode: Interlocked.MemoryBarrier();
    // src: Waiting/WatchedConnection.cs LeavePollMode: DataWait.ArmAndRecheck();
    // src: Waiting/WatchedConnection.cs LeavePollMode: SpaceWait.ArmAndRecheck();
#ifdef ARM_BEFORE_LEAVE
    LOOK();
    store(POLLED, 0);
    FENCE
#else
    store(POLLED, 0);
    LEAVE_FENCE;
#ifndef LEAVE_WITHOUT_ARM
    LOOK()
#endif
#endif
}

inline leave() {
#ifdef LEAVE_BEFORE_REMOVAL
    leave_poll_mode();
#endif
    // src: Waiting/Poller.cs Leave: lock (_lock)
    // src: Waiting/Poller.cs Leave: var index = Array.IndexOf(_connections, connection);
    // src: Waiting/Poller.cs Leave: if (index < 0)
    if
    :: atomic { FENCE && mem[ENDS] == 0 -> skip };
#ifdef LEAVE_BY_TWO
        leave_poll_mode()
#endif
    // src: Waiting/Poller.cs Leave: Volatile.Write(ref _connections, [.. _connections[..index], .. _connections[(index + 1)..]]);
    :: atomic { FENCE && mem[ENDS] == 1 -> mem[ENDS] = 0 };
#ifndef LEAVE_BEFORE_REMOVAL
        // src: Waiting/Poller.cs Leave: connection.LeavePollMode();
        leave_poll_mode()
#endif
    fi
}

inline join_set() {
    // src: Waiting/Poller.cs TryJoin: lock (_lock)
    // src: Waiting/Poller.cs TryJoin: Volatile.Write(ref _connections, [.. _connections, connection]);
    atomic { FENCE -> assert(mem[ENDS] == 0); mem[ENDS] = 1 }
}

inline join() {
#ifdef ENTER_AFTER_JOIN
    join_set();
    store(POLLED, 1)
#else
    // src: Waiting/Poller.cs TryJoin: connection.EnterPollMode();
    // src: Waiting/WatchedConnection.cs EnterPollMode: => Volatile.Write(ref _polled, true);
    store(POLLED, 1);
    join_set()
#endif
}
