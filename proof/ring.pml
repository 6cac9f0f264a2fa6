// The two halves of one ring and the words that their owners sleep on. CAPACITY and the bells are the model's.
// A thread that uses it declares: byte seen, other; bool done. An owner also: byte own (its own position).

#ifdef CAPACITY
// The value of the byte at a position: neighbors differ, and so do two bytes that lie on the same place one after the other.
#define VALUE(position) ((position) + 1)
#define PLACE(position) (BYTES + ((position) % CAPACITY))
#endif

#define OPEN 0
#define FINISHED 1
#define RESET 2
#define CLOSED 1

#ifdef NO_FENCE_PUBLISH
#define PUBLISH_FENCE true
#else
#define PUBLISH_FENCE FENCE
#endif

#ifdef NO_FENCE_ADVANCE
#define ADVANCE_FENCE true
#else
#define ADVANCE_FENCE FENCE
#endif

// Ringing is a system call after an interlocked increment. Edge-triggered: events that were not fetched yet are one.
inline ring_bell(bell) {
    // src: Notification/Doorbell.cs Ring: _statistics.SetWakeUpsSent(Interlocked.Increment(ref _rung));
    // src: Notification/EventFdDoorbell.cs Signal: _ = Libc.Write(Descriptor, &nothing, sizeof(ulong));
    // src: Waiting/Reactor.cs Register: Control(Libc.EpollCtlAdd, doorbell.Descriptor, Libc.EpollIn | Libc.EpollEdgeTriggered, Data(key, isLifeline: false));
    atomic { FENCE -> bell = true }
}

// ---- producer

// Copies the next byte to the place that follows the published tail by `ahead`.
inline write_byte(ahead) {
    // src: Pipelines/RingStream.cs WriteSome: bytes[..count].CopyTo(_producer.Span(0, count));
    put(PLACE(own + ahead), VALUE(own + ahead), PLAIN)
}

inline publish_tail(n) {
    // src: Ring/RingProducer.cs Publish: Volatile.Write(ref _tail, _tail + (ulong)count);
    own = own + n;
#ifdef WAITS_FOR_SPACE
    store(OWN_TAIL, own);
#endif
    // src: Ring/RingProducer.cs Publish: control.PublishTailRelease(_tail);
    // src: Ring/RingControl.cs PublishTailRelease: Volatile.Write(ref Tail, tail);
#ifdef TAIL_BY_PLAIN_STORE
    put(TAIL, own, PLAIN)
#else
    store(TAIL, own)
#endif
}

inline wake_consumer() {
    // src: Ring/RingProducer.cs Publish: if (control.TryTakeDataWanted())
    // src: Ring/RingControl.cs TryTakeDataWanted: Interlocked.MemoryBarrier();
    // src: Ring/RingControl.cs TryTakeDataWanted: return Volatile.Read(ref DataWanted) != 0 && Interlocked.Exchange(ref DataWanted, 0) != 0;
    if
    :: atomic { PUBLISH_FENCE && READ(DATA_WANTED) == 0 -> skip }
    :: atomic { PUBLISH_FENCE && READ(DATA_WANTED) != 0 -> skip };
#ifdef RING_BEFORE_TAKE
        ring_bell(consumer_bell);
        atomic { FENCE -> mem[DATA_WANTED] = 0 }
#else
#ifdef TAKE_BY_STORE
        store(DATA_WANTED, 0);
        ring_bell(consumer_bell)
#else
        if
        :: atomic { FENCE && mem[DATA_WANTED] == 0 -> skip }
        // src: Ring/RingProducer.cs Publish: consumer.Ring();
        :: atomic { FENCE && mem[DATA_WANTED] != 0 -> mem[DATA_WANTED] = 0 };
#ifndef TAKE_WITHOUT_RING
            ring_bell(consumer_bell)
#endif
        fi
#endif
#endif
    fi
}

// ---- consumer

// other: the bytes that can be read.
inline available() {
    atomic {
        // src: Ring/RingConsumer.cs Available: var tail = control.ReadTailAcquire();
        // src: Ring/RingControl.cs ReadTailAcquire: Volatile.Read(ref Tail)
        other = READ(TAIL);
        // src: Ring/RingConsumer.cs Available: if (tail - _tail > (ulong)capacity - unread)
        assert(other >= own && other - own <= CAPACITY); // the validation of the tail never fails
        other = other - own
    }
}

inline read_byte(ahead) {
    // src: Pipelines/RingStream.cs TryRead: _consumer.Span(count).CopyTo(buffer.Span);
    assert(READ(PLACE(own + ahead)) == VALUE(own + ahead)) // the right byte: not lost, not twice, not too early, not overwritten
}

inline wake_producer() {
    // src: Ring/RingConsumer.cs WakeProducer: var wanted = control.ReadSpaceWantedAfterFence();
    // src: Ring/RingControl.cs ReadSpaceWantedAfterFence: Interlocked.MemoryBarrier();
    // src: Ring/RingControl.cs ReadSpaceWantedAfterFence: return Volatile.Read(ref SpaceWanted);
    // src: Ring/RingConsumer.cs WakeProducer: if (wanted == 0)
    if
    :: atomic { ADVANCE_FENCE && READ(SPACE_WANTED) == 0 -> skip }
    :: atomic { ADVANCE_FENCE && READ(SPACE_WANTED) != 0 -> seen = READ(SPACE_WANTED) };
        // src: Ring/RingConsumer.cs WakeProducer: var used = control.ReadTailAcquire() - _head;
        // src: Ring/RingConsumer.cs WakeProducer: if (free >= wanted && control.TryTakeSpaceWanted())
        // src: Ring/RingControl.cs TryTakeSpaceWanted: Interlocked.Exchange(ref SpaceWanted, 0) != 0
        if
        :: atomic { CAPACITY - (READ(TAIL) - own) < seen -> seen = 0 }
        :: atomic { CAPACITY - (READ(TAIL) - own) >= seen -> seen = 0 };
#ifdef RING_BEFORE_TAKE
            ring_bell(producer_bell);
            atomic { FENCE -> mem[SPACE_WANTED] = 0 }
#else
            if
            :: atomic { FENCE && mem[SPACE_WANTED] == 0 -> skip }
            // src: Ring/RingConsumer.cs WakeProducer: producer.Ring();
            :: atomic { FENCE && mem[SPACE_WANTED] != 0 -> mem[SPACE_WANTED] = 0 };
                ring_bell(producer_bell)
            fi
#endif
        fi
    fi
}

inline advance_head(n) {
    own = own + n;
    // src: Ring/RingConsumer.cs Advance: Volatile.Write(ref _head, _head + (ulong)count);
#ifdef WAITS_FOR_DATA
    store(OWN_HEAD, own);
#endif
#ifdef WAITS_FOR_SPACE
    // src: Ring/RingConsumer.cs Advance: control.PublishHeadRelease(_head);
    // src: Ring/RingControl.cs PublishHeadRelease: Volatile.Write(ref Head, head)
    store(HEAD, own)
#endif
}

// ---- the wait for data

inline arm_data() {
    // src: Ring/RingConsumer.cs Arm: control.ArmDataWanted();
    // src: Ring/RingControl.cs ArmDataWanted: Volatile.Write(ref DataWanted, 1);
    store(DATA_WANTED, 1);
    // src: Ring/RingControl.cs ArmDataWanted: Interlocked.MemoryBarrier();
#ifndef NO_FENCE_ARM_DATA
    FENCE
#endif
}

inline disarm_data() {
    // src: Ring/RingConsumer.cs Disarm: control.DisarmDataWanted();
    // src: Ring/RingControl.cs DisarmDataWanted: Volatile.Write(ref DataWanted, 0)
#ifndef NO_DISARM
    store(DATA_WANTED, 0)
#else
    skip
#endif
}

// The conditions under which every wait ends, one look after the other.
inline is_ended(state, canceled) {
#ifdef ENDS_BY_ITSELF
    // src: Connection/RingWaiters.cs IsReady: || _connection.Consumer.ProducerState != ProducerStates.Open
    // src: Connection/RingWaiters.cs IsReady: || _connection.Producer.ConsumerState != ConsumerStates.Open
    done = (READ(state) != OPEN);
    // src: Connection/RingWaiters.cs IsReady: || _connection.IsPeerGone
    if
    :: done
    :: !done -> done = READ(PEER_GONE)
    fi;
#endif
#ifdef CANCELS
    // src: Connection/RingWaiters.cs IsReady: || IsCanceled
    if
    :: done
    :: !done -> done = READ(canceled)
    fi;
#endif
#ifdef ENDS_BY_ITSELF
    // src: Connection/RingWaiters.cs IsReady: || _connection.Failure is not null;
    if
    :: done
    :: !done -> done = READ(FAILURE)
    fi
#else
    skip
#endif
}

inline is_ready_data() {
    // src: Connection/RingWaiters.cs IsReady: => _connection.Consumer.HasData
    // src: Ring/RingConsumer.cs HasData: control.ReadTailAcquire() != Volatile.Read(ref _head)
    seen = READ(TAIL);
    if
    :: atomic { seen != READ(OWN_HEAD) -> seen = 0; done = true }
    :: atomic { seen == READ(OWN_HEAD) -> seen = 0; done = false };
        is_ended(PRODUCER_STATE, CANCELED_data)
    fi
}

// ---- the wait for space

inline arm_space() {
    // src: Connection/RingWaiters.cs Arm: _connection.Producer.Arm(Volatile.Read(ref _wanted))
    // src: Ring/RingProducer.cs Arm: control.ArmSpaceWanted((ulong)wanted);
    // src: Ring/RingControl.cs ArmSpaceWanted: Volatile.Write(ref SpaceWanted, wanted);
    atomic { other = READ(WANTED); store(SPACE_WANTED, other); other = 0 };
    // src: Ring/RingControl.cs ArmSpaceWanted: Interlocked.MemoryBarrier();
#ifndef NO_FENCE_ARM_SPACE
    FENCE
#endif
}

inline disarm_space() {
    // src: Ring/RingProducer.cs Disarm: control.DisarmSpaceWanted();
    // src: Ring/RingControl.cs DisarmSpaceWanted: Volatile.Write(ref SpaceWanted, 0)
    store(SPACE_WANTED, 0)
}

inline is_ready_space() {
    // src: Connection/RingWaiters.cs IsReady: => _connection.Producer.HasSpace(Volatile.Read(ref _wanted))
    other = READ(WANTED);
    // src: Ring/RingProducer.cs HasSpace: var used = Volatile.Read(ref _tail) - control.ReadHeadAcquire();
    // src: Ring/RingControl.cs ReadHeadAcquire: Volatile.Read(ref Head)
    seen = READ(OWN_TAIL);
    // src: Ring/RingProducer.cs HasSpace: return used > (ulong)capacity || (ulong)capacity - used >= (ulong)wanted;
    if
    :: atomic { CAPACITY + READ(HEAD) - seen >= other -> seen = 0; other = 0; done = true }
    :: atomic { CAPACITY + READ(HEAD) - seen < other -> seen = 0; other = 0; done = false };
        is_ended(CONSUMER_STATE, CANCELED_space)
    fi
}
