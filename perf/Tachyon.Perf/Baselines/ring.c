/*
 * The ring of the transport in C, as a baseline: two processes, one ring in each direction, both sides poll
 * without a pause. Usage: ring TIMED UNTIMED SECONDS
 *
 * Writes to standard output, as native int64: the untimed round trips, the nanoseconds that all of them took together, and then
 * the nanoseconds of each timed round trip. Ends early when SECONDS are over.
 *
 * SLEEP_PROTOCOL adds what a side must do after a publication when the other side could be asleep: a full fence, and a read of
 * the other's sleep word.
 */
#define _GNU_SOURCE
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LINE 128
#define CAPACITY (1024 * 1024)
#define MESSAGE 32
#define CHUNK 32
#define STOP UINT64_MAX

struct ring
{
    _Alignas(LINE) _Atomic uint64_t tail;
    _Alignas(LINE) _Atomic uint64_t space_wanted;
    _Alignas(LINE) _Atomic uint64_t head;
    _Alignas(LINE) _Atomic uint32_t data_wanted;
    _Alignas(LINE) unsigned char data[CAPACITY];
};

/* One half of a ring: its own position, and the newest one that was seen of the other half. */
struct half
{
    struct ring *ring;
    uint64_t position;
    uint64_t seen;
};

static pid_t child;

static void check_peer(uint32_t *spins)
{
    /* The child dies with its parent (PR_SET_PDEATHSIG). */
    if ((++*spins & 0xFFFFF) == 0 && child != 0 && waitpid(child, NULL, WNOHANG) == child)
    {
        fprintf(stderr, "The child of the C ring ended.\n");
        exit(1);
    }
}

static void ring_write(struct half *half, const void *bytes, uint64_t count)
{
    struct ring *ring = half->ring;
    uint32_t spins = 0;
    while (CAPACITY - (half->position - half->seen) < count)
    {
        half->seen = atomic_load_explicit(&ring->head, memory_order_acquire);
        check_peer(&spins);
    }

    /* A message never wraps here: its size divides the capacity. */
    memcpy(ring->data + (half->position & (CAPACITY - 1)), bytes, count);
    half->position += count;
    atomic_store_explicit(&ring->tail, half->position, memory_order_release);
#ifdef SLEEP_PROTOCOL
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&ring->data_wanted, memory_order_acquire) != 0)
    {
        abort();
    }
#endif
}

static void ring_read(struct half *half, void *bytes, uint64_t count)
{
    struct ring *ring = half->ring;
    uint32_t spins = 0;
    while (half->seen - half->position < count)
    {
        half->seen = atomic_load_explicit(&ring->tail, memory_order_acquire);
        check_peer(&spins);
    }

    memcpy(bytes, ring->data + (half->position & (CAPACITY - 1)), count);
    half->position += count;
    atomic_store_explicit(&ring->head, half->position, memory_order_release);
#ifdef SLEEP_PROTOCOL
    atomic_thread_fence(memory_order_seq_cst);
    if (atomic_load_explicit(&ring->space_wanted, memory_order_acquire) != 0)
    {
        abort();
    }
#endif
}

static int64_t now(void)
{
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return time.tv_sec * INT64_C(1000000000) + time.tv_nsec;
}

static void round_trip(struct half *out, struct half *in, unsigned char *message, uint64_t number)
{
    uint64_t answer;
    memcpy(message, &number, sizeof(number));
    ring_write(out, message, MESSAGE);
    ring_read(in, message, MESSAGE);
    memcpy(&answer, message, sizeof(answer));
    if (answer != number)
    {
        fprintf(stderr, "The C ring returned another message.\n");
        exit(1);
    }
}

static void echo(struct half *in, struct half *out)
{
    unsigned char message[MESSAGE];
    while (1)
    {
        uint64_t number;
        ring_read(in, message, MESSAGE);
        memcpy(&number, message, sizeof(number));
        if (number == STOP)
        {
            return;
        }

        ring_write(out, message, MESSAGE);
    }
}

int main(int argc, char **argv)
{
    if (argc != 4)
    {
        return 2;
    }

    long timed = atol(argv[1]);
    long untimed = atol(argv[2]);
    int64_t limit = (int64_t)(atof(argv[3]) * 1e9);
    struct ring *rings = mmap(NULL, 2 * sizeof(struct ring), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int64_t *samples = calloc((size_t)timed + 2, sizeof(int64_t));
    if (rings == MAP_FAILED || samples == NULL)
    {
        perror("memory of the C ring");
        return 1;
    }

    struct half out = { &rings[0], 0, 0 };
    struct half in = { &rings[1], 0, 0 };
    pid_t parent = getpid();
    child = fork();
    if (child < 0)
    {
        perror("fork");
        return 1;
    }

    if (child == 0)
    {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
        {
            _exit(1);
        }

        struct half child_in = { &rings[0], 0, 0 };
        struct half child_out = { &rings[1], 0, 0 };
        echo(&child_in, &child_out);
        _exit(0);
    }

    unsigned char message[MESSAGE] = { 0 };
    uint64_t number = 0;

    /* Pages are touched and both processes run. One way round the ring, so that no page is new later. */
    int64_t start = now();
    for (int i = 0; i < CAPACITY / MESSAGE && now() - start < limit; i++)
    {
        round_trip(&out, &in, message, number++);
    }

    /* Half of the time for each; the limit is checked once in a chunk. */
    start = now();
    long done = 0;
    while (done < timed && now() - start < limit / 2)
    {
        long end = done + CHUNK < timed ? done + CHUNK : timed;
        int64_t last = now();
        for (; done < end; done++)
        {
            round_trip(&out, &in, message, number++);
            int64_t time = now();
            samples[done + 2] = time - last;
            last = time;
        }
    }

    start = now();
    long trips = 0;
    int64_t took = 0;
    while (trips < untimed && took < limit / 2)
    {
        long end = trips + CHUNK < untimed ? trips + CHUNK : untimed;
        for (; trips < end; trips++)
        {
            round_trip(&out, &in, message, number++);
        }

        took = now() - start;
    }

    number = STOP;
    memcpy(message, &number, sizeof(number));
    ring_write(&out, message, MESSAGE);
    waitpid(child, NULL, 0);
    samples[0] = trips;
    samples[1] = took;
    return fwrite(samples, sizeof(int64_t), (size_t)done + 2, stdout) == (size_t)done + 2 ? 0 : 1;
}
