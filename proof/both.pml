// Writer and reader of one small ring, both asleep as often as they can: each waits for the other, in turns or at once.
// Every byte must arrive, in order, and no process may sleep for ever.

#ifndef MESSAGES
#define MESSAGES 4
#endif
#define CAPACITY 2
#define THREADS 4
#define LENGTH 5
#define WAITS_FOR_DATA
#define WAITS_FOR_SPACE

#include "memory.pml"
#include "ring.pml"
#define KIND data
#include "waiter.pml"
#undef KIND
#define KIND space
#include "waiter.pml"

bool producer_bell;
bool consumer_bell;

active proctype Writer() {
    byte own, phase, waiting, seen, other;
    bool done, polled;
    do
    :: own == MESSAGES -> break
    :: own < MESSAGES ->
        // src: Ring/RingProducer.cs Free: var head = control.ReadHeadAcquire();
        if
#ifdef HEAD_IGNORED
        :: atomic { true -> write_byte(0); publish_tail(1) }; wake_consumer()
#else
        :: atomic { own - READ(HEAD) < CAPACITY -> write_byte(0); publish_tail(1) }; wake_consumer()
#endif
        :: atomic { own - READ(HEAD) == CAPACITY -> put(WANTED, 1, PLAIN) };
            begin_space(false);
            if
            :: atomic { done -> done = false }
            :: atomic { !done && mem[RESULT_space] == 1 -> take_result_space() }
            fi
        fi
    od
}

active proctype Reader() {
    byte own, phase, waiting, seen, other;
    bool done, polled;
    do
    :: own == MESSAGES -> break
    :: own < MESSAGES ->
        if
#ifdef HEAD_BEFORE_READ
        :: atomic { READ(TAIL) != own -> advance_head(1) };
            wake_producer();
            atomic { own--; read_byte(0); own++ }
#else
#ifdef READER_KEEPS_BYTES
        // It gives back three bytes at a time, and sleeps with fewer.
        :: atomic { READ(TAIL) != own && own % 3 < 2 -> read_byte(0); own++; store(OWN_HEAD, own) }
        :: atomic { READ(TAIL) != own && own % 3 == 2 -> read_byte(0); advance_head(1) }; wake_producer()
#else
        :: atomic { READ(TAIL) != own -> read_byte(0); advance_head(1) };
            // src: Ring/RingConsumer.cs Advance: WakeProducer();
            wake_producer()
#endif
#endif
        :: READ(TAIL) == own ->
            begin_data(false);
            if
            :: atomic { done -> done = false }
            :: atomic { !done && mem[RESULT_data] == 1 -> take_result_data() }
            fi
        fi
    od
}

active proctype WriterReactor() {
    byte armed, phase, seen, other;
    bool done;
end:
    do
    :: atomic { producer_bell -> producer_bell = false };
        try_complete_space();
        if
        :: done -> done = false
        :: !done -> arm_and_recheck_space()
        fi
    od
}

active proctype ReaderReactor() {
    byte armed, phase, seen;
    bool done;
end:
    do
    :: atomic { consumer_bell -> consumer_bell = false };
        try_complete_data();
        if
        :: done -> done = false
        :: !done -> arm_and_recheck_data()
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
