// A writer that sleeps until there is space, a reader that is awake and may stop to read at any moment, and a process that cancels the
// writer's wait. The ring is full at the start, and a doorbell of an earlier wait is still under way. At the end no process may wait for
// space that is there, even if the reader has stopped. (Bytes are counted here; both.pml looks at each.)

#define WRITES 2
#define LARGEST 2 /* the first write is of half a ring, the next of one byte */
#ifndef CAPACITY
#define CAPACITY 4
#endif
#define CANCELS 1
#define THREADS 4
#define WAITS_FOR_SPACE

#include "memory.pml"
#include "ring.pml"
#define KIND space
#include "waiter.pml"

bool producer_bell = true;
bool started;

active proctype Writer() {
    byte own = CAPACITY, writes, rest, free, phase, waiting, seen, other;
    bool done, polled;
    started;
    do
    :: writes == WRITES -> break
    :: writes < WRITES ->
        rest = LARGEST - writes;
        do
        :: rest == 0 -> break
        :: rest > 0 ->
            atomic {
                // src: Ring/RingProducer.cs Free: var head = control.ReadHeadAcquire();
                free = READ(HEAD);
                // src: Ring/RingProducer.cs Free: if (head - _head > _tail - _head)
                assert(free <= own && own - free <= CAPACITY);
                free = CAPACITY - (own - free);
                // src: Pipelines/RingStream.cs WriteSome: var count = Math.Min(free, bytes.Length);
                free = (free < rest -> free : rest);
                rest = rest - free;
                if
                :: free > 0 -> publish_tail(free)
                :: else
                fi;
                free = 0
            };
            // The reader is awake, so the writer never has to wake it; but it looks whether it has to.
            // src: Ring/RingControl.cs TryTakeDataWanted: Interlocked.MemoryBarrier();
            FENCE;
            if
            :: rest == 0 -> break
            :: rest > 0 ->
                // src: Pipelines/RingStream.cs WriteRestAsync: await new SpaceAwaitable(_connection.Space, Math.Min(rest.Length, _producer.Capacity / 2));
                // src: Pipelines/SpaceAwaitable.cs Awaiter: IsCompleted = waiter.Begin(wanted);
                // src: Connection/RingWaiters.cs Begin: Volatile.Write(ref _wanted, wanted);
                // src: Connection/RingWaiters.cs Begin: return Begin();
                put(WANTED, rest, PLAIN);
                begin_space(false);
                if
                :: atomic { done -> done = false }
                :: atomic { !done && mem[RESULT_space] == 1 -> take_result_space() }
                :: atomic { timeout ->
                        // Every other process is at rest.
                        assert(!done && mem[RESULT_space] == 0);
                        assert(CAPACITY - (own - mem[HEAD]) < mem[WANTED]); // no stuck writer
                        assert(mem[CANCELED_space] == 0); // every wait ends after a cancellation
                        goto stop }
                fi;
                // src: Pipelines/RingStream.cs WriteRestAsync: if (_connection.Space.TakeCanceled())
                take_canceled_space();
                if
                :: atomic { done -> done = false; rest = 0 }
                :: atomic { !done -> skip }
                fi
            fi
        od;
        writes++
    od;
stop:
    skip
}

active proctype Reader() {
    byte own, seen;
    started;
end:
    do
    :: atomic { READ(TAIL) != own ->
            // src: Ring/RingConsumer.cs Available: var tail = control.ReadTailAcquire();
            assert(READ(TAIL) - own <= CAPACITY);
            advance_head(1) };
        // src: Ring/RingConsumer.cs Advance: WakeProducer();
        wake_producer()
    :: break // it stops to read
    od
}

active proctype Reactor() {
    byte armed, phase, seen, other;
    bool done;
    started;
end:
    do
    :: atomic { producer_bell -> producer_bell = false };
        // src: Waiting/WatchedConnection.cs CompleteOrArm: if (!SpaceWait.TryComplete(inline))
        try_complete_space();
        if
        :: done -> done = false
#ifndef NO_REARM
        // src: Waiting/WatchedConnection.cs CompleteOrArm: SpaceWait.ArmAndRecheck();
        :: !done -> arm_and_recheck_space()
#else
        :: !done
#endif
        fi
    od
}

active proctype Canceller() {
    byte phase, seen, other;
    bool done;
    started;
    if
    :: true -> cancel_space()
    :: true
    fi
}

active proctype Memory() {
    d_step {
        mem[TAIL] = CAPACITY;
        mem[OWN_TAIL] = CAPACITY;
        started = true
    };
end:
    do
    DRAIN(0)
    DRAIN(1)
    DRAIN(2)
    DRAIN(3)
    od
}
