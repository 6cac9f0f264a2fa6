// One Waiter, for the kind of wait that KIND names: `data` (DataWaiter) or `space` (SpaceWaiter). Included once for each.
// A thread that uses it declares: byte phase, seen, other; bool done. An owner also: byte waiting; bool polled.

#ifndef N
#define PASTE(a, b) a ## _ ## b
#define EXPAND(a, b) PASTE(a, b)
#define N(name) EXPAND(name, KIND)
#endif

#ifndef CLAIMED
#ifdef PHASE_IS_A_FLAG
#define CLAIMED(waiting) 0
#else
#define CLAIMED(waiting) ((waiting) + 1)
#endif
#endif

// Ghost: a result was set that the owner has not taken yet.
bool N(signalled);

inline N(set_result)() {
    // src: Waiting/Waiter.cs TryComplete: _core.SetResult(true);
    // src: Waiting/Waiter.cs Execute: _core.SetResult(true)
    assert(!N(signalled)); // no double completion
    N(signalled) = true;
    store(N(RESULT), 1)
}

inline N(disarm_and_set_result)() {
#ifdef DISARM_AFTER_RESULT
    N(set_result)();
    N(disarm)()
#else
    // src: Waiting/Waiter.cs TryComplete: Disarm();
    N(disarm)();
    N(set_result)()
#endif
}

// done: the wait was completed here.
inline N(try_complete)() {
    // src: Waiting/Waiter.cs TryComplete: var phase = Volatile.Read(ref _phase);
    // src: Waiting/Waiter.cs TryComplete: if ((phase & 1) == 0 || !IsReady() || !TryClaim(phase))
    if
    :: atomic { (READ(N(PHASE)) & 1) == 0 -> done = false }
    :: atomic { (READ(N(PHASE)) & 1) == 1 -> phase = READ(N(PHASE)) };
        N(is_ready)();
        // src: Waiting/Waiter.cs TryClaim: Interlocked.CompareExchange(ref _phase, waiting + 1, waiting) == waiting
        if
        :: atomic { !done -> phase = 0 }
#ifdef CLAIM_BY_STORE
        :: atomic { done && READ(N(PHASE)) == phase -> store(N(PHASE), CLAIMED(phase)) };
            atomic { FENCE -> N(disarm_and_set_result)(); phase = 0 }
        :: atomic { done && READ(N(PHASE)) != phase -> done = false; phase = 0 }
#else
        :: atomic { done && FENCE && mem[N(PHASE)] == phase ->
                mem[N(PHASE)] = CLAIMED(phase);
                phase = 0;
                N(disarm_and_set_result)() }
        :: atomic { done && FENCE && mem[N(PHASE)] != phase -> done = false; phase = 0 }
#endif
        fi
    fi
}

inline N(arm_and_recheck)() {
    // src: Waiting/Waiter.cs ArmAndRecheck: var phase = Volatile.Read(ref _phase);
    armed = READ(N(PHASE));
    // src: Waiting/Waiter.cs ArmAndRecheck: while ((phase & 1) != 0)
    do
    :: atomic { (armed & 1) == 0 -> armed = 0; break }
    :: (armed & 1) == 1 ->
        // src: Waiting/Waiter.cs ArmAndRecheck: Arm();
        N(arm)();
#ifndef REARM_WITHOUT_LOOK
        // src: Waiting/Waiter.cs ArmAndRecheck: TryComplete(inline: false);
        N(try_complete)();
        done = false;
#endif
#ifdef REARM_ONCE
        armed = 0;
        break
#else
        // src: Waiting/Waiter.cs ArmAndRecheck: var now = Volatile.Read(ref _phase);
        // src: Waiting/Waiter.cs ArmAndRecheck: if (now == phase)
        if
        :: atomic { READ(N(PHASE)) == armed -> armed = 0; break }
        :: atomic { READ(N(PHASE)) != armed -> armed = READ(N(PHASE)) }
        fi
#endif
    od
}

// done: there is something to do at once; otherwise the owner waits for its result.
inline N(begin)(yield) {
    assert(!N(signalled));
#ifdef READ_POLLED_BEFORE_PHASE
    polled = READ(POLLED);
#endif
    // src: Waiting/Waiter.cs Begin: var waiting = _phase + 1;
    // src: Waiting/Waiter.cs Begin: _ = Interlocked.Exchange(ref _phase, waiting);
#ifdef BEGIN_BY_STORE
    atomic { waiting = READ(N(PHASE)) + 1; store(N(PHASE), waiting) };
#else
    atomic { FENCE -> waiting = mem[N(PHASE)] + 1; mem[N(PHASE)] = waiting };
#endif
#ifdef IS_POLLED
#ifndef READ_POLLED_BEFORE_PHASE
    // src: Waiting/Waiter.cs Begin: var polled = connection.IsPolled;
    polled = READ(POLLED);
#endif
#endif
    // src: Waiting/Waiter.cs Begin: if (!polled)
    if
    :: !polled -> N(arm)()
    :: else
    fi;
#ifndef BEGIN_WITHOUT_LOOK
    // src: Waiting/Waiter.cs Begin: else if (yield)
    if
    :: atomic { polled && yield -> polled = false; waiting = 0 }
    :: atomic { !(polled && yield) -> polled = false };
        // src: Waiting/Waiter.cs Begin: if (IsReady() && TryClaim(waiting))
        N(is_ready)();
        if
        :: atomic { !done -> waiting = 0 }
#ifdef CLAIM_BY_STORE
        :: atomic { done && READ(N(PHASE)) == waiting -> store(N(PHASE), CLAIMED(waiting)); N(disarm)() }
#else
        :: atomic { done && FENCE && mem[N(PHASE)] == waiting ->
                mem[N(PHASE)] = CLAIMED(waiting);
                waiting = 0;
                // src: Waiting/Waiter.cs Begin: Disarm();
                N(disarm)();
                // src: Waiting/Waiter.cs Begin: if (!yield)
                // src: Waiting/Waiter.cs Begin: ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
                if
                :: yield -> N(set_result)(); done = false
                :: else
                fi }
#endif
        :: atomic { done && FENCE && mem[N(PHASE)] != waiting -> done = false; waiting = 0 }
        fi
    fi
#else
    polled = false;
    waiting = 0
#endif
}

// The owner takes its result. Waiting for `RESULT` is not a valid end state: a process that is left there at the end sleeps for ever.
inline N(take_result)() {
    // src: Waiting/Waiter.cs GetResult: _core.GetResult(token)
    // src: Waiting/Waiter.cs Begin: _core.Reset();
    mem[N(RESULT)] = 0;
    N(signalled) = false
}

inline N(cancel)() {
    // src: Waiting/Waiter.cs Cancel: _ = Interlocked.Exchange(ref _canceled, 1);
#if defined(CANCEL_BY_STORE) || defined(NO_FENCE_CANCEL)
    store(N(CANCELED), 1);
#else
    atomic { FENCE -> mem[N(CANCELED)] = 1 };
#endif
#ifndef NO_FENCE_CANCEL
    // A full fence of its own.
    // src: Waiting/Waiter.cs Cancel: if (connection.Region.TryAddReference())
    // src: Region/SharedRegion.cs TryAddReference: var seen = Interlocked.CompareExchange(ref _references, count + 1, count);
    FENCE;
#endif
    // src: Waiting/Waiter.cs Cancel: TryComplete(inline: false);
    N(try_complete)();
    done = false
}

// done: it was set.
inline N(take_canceled)() {
    // src: Waiting/Waiter.cs TakeCanceled: Volatile.Read(ref _canceled) != 0 && Interlocked.Exchange(ref _canceled, 0) != 0
    if
    :: atomic { READ(N(CANCELED)) == 0 -> done = false }
    :: atomic { READ(N(CANCELED)) != 0 -> skip };
        atomic { FENCE -> done = (mem[N(CANCELED)] != 0); mem[N(CANCELED)] = 0 }
    fi
}
