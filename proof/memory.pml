// Memory as threads see it: every thread (a process of the model) stores through a buffer of its own, which the process `Memory`
// drains at any later time. A thread sees its own stores at once; every other thread sees them when they have drained.
//
// A release store (Volatile.Write) drains after everything that was stored before it; a plain store drains after earlier stores to the
// same word only. A full fence waits until the thread's own buffer is empty; an interlocked operation is a full fence too.
// The buffer is never a limit: `put` asserts that there was room, so a longer one would change nothing.
//
// One step of a thread (one `atomic`) has at most one access to shared memory, and may go on with stores into the thread's own buffer:
// no other process can see these before they drain, so a pause between them would add nothing.

#ifndef LENGTH
#define LENGTH 4
#endif

#define RELEASE 1
#define PLAIN 0

// Words of the shared region.
#define TAIL 0
#define HEAD 1
#define PRODUCER_STATE 2
#define CONSUMER_STATE 3
#define DATA_WANTED 4
#define SPACE_WANTED 5
#define BYTES 6 /* and CAPACITY - 1 more */
// Words of one process, used by several of its threads.
#define OWN_TAIL 10
#define OWN_HEAD 11
#define WANTED 12
#define PHASE_data 13
#define PHASE_space 14
#define CANCELED_data 15
#define CANCELED_space 16
#define RESULT_data 17
#define RESULT_space 18
#define PEER_GONE 19
#define FAILURE 20
#define POLLED 21
#define ENDS 22
#define SCHEDULED 23
#define STUCK 24
#define LOCK 25
#define TO_RELEASE 26
#define OUTPUT_CLOSED 27
#define WORDS 28

typedef Buffer {
    byte n;
    byte word[LENGTH];
    byte value[LENGTH];
    byte kind[LENGTH]
}

byte mem[WORDS];
Buffer buffer[THREADS];
hidden byte at;

// Full fence: passes when everything that this thread stored has drained.
#define FENCE (buffer[_pid].n == 0)

#define NEWEST(i, w, rest) (buffer[_pid].n > i && buffer[_pid].word[i] == w -> buffer[_pid].value[i] : rest)
#if LENGTH == 4
#define NEWEST_4(w, rest) rest
#else
#define NEWEST_4(w, rest) NEWEST(4, w, rest)
#endif
#define READ(w) NEWEST_4(w, NEWEST(3, w, NEWEST(2, w, NEWEST(1, w, NEWEST(0, w, mem[w])))))

inline put(w, v, k) {
    d_step {
        assert(buffer[_pid].n < LENGTH);
        buffer[_pid].word[buffer[_pid].n] = w;
        buffer[_pid].value[buffer[_pid].n] = v;
        buffer[_pid].kind[buffer[_pid].n] = k;
        buffer[_pid].n++
    }
}

inline store(w, v) { put(w, v, RELEASE) }

inline drain(t, i) {
    d_step {
        mem[buffer[t].word[i]] = buffer[t].value[i];
        at = i;
        do
        :: at + 1 < buffer[t].n ->
            buffer[t].word[at] = buffer[t].word[at + 1];
            buffer[t].value[at] = buffer[t].value[at + 1];
            buffer[t].kind[at] = buffer[t].kind[at + 1];
            at++
        :: else -> break
        od;
        buffer[t].word[at] = 0;
        buffer[t].value[at] = 0;
        buffer[t].kind[at] = 0;
        buffer[t].n--;
        at = 0
    }
}

// Whether a plain store may drain before the stores that are ahead of it in the buffer of thread `t`.
#define MAY_PASS_1(t) (buffer[t].n > 1 && buffer[t].kind[1] == PLAIN && buffer[t].word[1] != buffer[t].word[0])
#define MAY_PASS_2(t) (buffer[t].n > 2 && buffer[t].kind[2] == PLAIN && buffer[t].word[2] != buffer[t].word[0] \
    && buffer[t].word[2] != buffer[t].word[1])

#define DRAIN(t) \
    :: atomic { buffer[t].n > 0 -> drain(t, 0) } \
    :: atomic { MAY_PASS_1(t) -> drain(t, 1) } \
    :: atomic { MAY_PASS_2(t) -> drain(t, 2) }
