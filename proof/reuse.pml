// Memory that both sides keep after a connection has ended: the client's last thread, the server's last thread, the server's reactor, and
// a client process that dies, gives the memory up, or comes again at any moment. The server must release the connection exactly once, keep
// the memory or return it, and return it when the client is gone; the next connection finds no word of the last one.
//
// The locks of the stores make one step of what is within them.

#define THREADS 3
#include "memory.pml"

// Other words have no part here, so that these can have their places.
#define RELEASED TAIL
#define AWAITED HEAD
#define OF_CLIENT PRODUCER_STATE /* what the client's end wrote last */
#define OF_SERVER CONSUMER_STATE /* what the server's end wrote last */

bool server_bell, lifeline; // the server's doorbell; the client's end of the lifeline is closed
bool in_use = true;         // the server's memory has users
bool hung_up;
byte holders = 2;
bool client_released;       // _clientReleased
bool given_up;              // _isGivenUp
bool kept;                  // the server's store has it
bool taken;                 // the next connection has it
byte returned, places;      // ghosts: how often the memory was returned, and the place among the limits was given back

inline return_memory() {
    // src: Connection/ConnectionResources.cs ReturnMemory: GiveUp();
    // src: Connection/ConnectionResources.cs ReturnMemory: _region.RemovePages();
    atomic { given_up = true; returned++; assert(returned == 1 && !in_use && !taken) }
}

inline release() {
    atomic {
        // src: Connection/ConnectionResources.cs Release: if (Interlocked.Decrement(ref _holders) != 0)
        FENCE -> assert(holders > 0);
        holders--;
        last = holders == 0
    };
    if
    :: !last
    :: last ->
        if
        // src: Connection/ConnectionResources.cs Release: if (ReusePlace is not null && !Volatile.Read(ref _isHungUp))
        :: atomic { hung_up -> last = false }; places++; return_memory()
        :: atomic { !hung_up -> last = false };
#ifndef NO_CLEAR
            // src: Connection/ConnectionResources.cs Release: _region.ClearHeader();
            atomic { put(RELEASED, 0, PLAIN); put(AWAITED, 0, PLAIN); put(OF_CLIENT, 0, PLAIN); put(OF_SERVER, 0, PLAIN) };
#endif
            // src: Connection/ConnectionResources.cs TryKeep: if (!store.TryAdd(this))
            atomic { FENCE -> kept = true };
            // src: Connection/ConnectionResources.cs TryKeep: return !Volatile.Read(ref _isHungUp) || !store.Remove(this);
            if
#ifndef KEEP_WITHOUT_LOOK
            :: atomic { hung_up && kept -> kept = false }; places++; return_memory()
            :: atomic { hung_up && !kept -> places++ }
#else
            :: atomic { hung_up -> places++ }
#endif
            // src: Connection/ConnectionResources.cs Release: _claim!.Dispose();
            :: atomic { !hung_up -> places++ }
            fi
        fi
    fi
}

inline release_for_client() {
    if
    // src: Connection/ConnectionResources.cs ReleaseForClient: if (Interlocked.Exchange(ref _clientReleased, 1) == 0)
#ifndef RELEASE_TWICE
    :: atomic { FENCE && client_released -> skip }
#endif
    :: atomic { FENCE && !client_released -> client_released = true }; release()
#ifdef RELEASE_TWICE
    :: atomic { FENCE && client_released -> skip }; release()
#endif
    fi
}

// Within the lock of the connection's resources.
inline release_if_client_has() {
    atomic {
        FENCE;
        // src: Connection/ConnectionResources.cs ReleaseIfClientHas: hasReleased = ReusePlace is not null && !_isGivenUp && _region.IsReleasedByClient;
        assert(given_up || returned == 0); // the memory is mapped
        seen = !given_up && READ(RELEASED)
    };
    if
    :: seen -> seen = false; release_for_client()
    :: !seen
    fi
}

active proctype Client() {
    bool awaited;
    // The words of its end, by any of its threads; then the last reference is released, a full fence.
    atomic { store(OF_CLIENT, 1) };
    // src: Region/SharedRegion.cs Release: var left = Interlocked.Decrement(ref _references);
    FENCE;
    // src: Region/SharedRegion.cs ReleaseByClient: Volatile.Write(ref *(uint*)(Header + RegionLayout.ReuseReleased), 1);
    store(RELEASED, 1);
#ifndef NO_FENCE_RELEASE
    // src: Region/SharedRegion.cs ReleaseByClient: Interlocked.MemoryBarrier();
    FENCE;
#endif
    // src: Region/SharedRegion.cs ReleaseByClient: return Volatile.Read(ref *(uint*)(Header + RegionLayout.ReuseAwaited)) != 0;
    awaited = READ(AWAITED);
    if
#ifndef NO_RING
    // src: Connection/ConnectionResources.cs OnUnused: _peerDoorbell.RingAfterUse();
    :: atomic { awaited && FENCE -> awaited = false; server_bell = true }
#else
    :: atomic { awaited -> awaited = false }
#endif
    :: !awaited
    fi;
    FENCE;
    if
    // It keeps the memory, and comes again.
    :: atomic { kept -> kept = false; taken = true };
        atomic { assert(mem[OF_CLIENT] == 0 && mem[OF_SERVER] == 0 && mem[RELEASED] == 0 && mem[AWAITED] == 0) }
    // It gives the memory up, or dies.
    :: lifeline = true
    // It keeps the memory, and does not come.
    :: true
    fi
}

active proctype User() {
    bool seen, last;
    store(OF_SERVER, 1);
    // src: Region/SharedRegion.cs Release: var left = Interlocked.Decrement(ref _references);
    atomic { FENCE -> in_use = false };
    // src: Region/SharedRegion.cs AwaitRelease: Volatile.Write(ref *(uint*)(Header + RegionLayout.ReuseAwaited), 1);
    store(AWAITED, 1);
#ifndef NO_FENCE_AWAIT
    // src: Region/SharedRegion.cs AwaitRelease: Interlocked.MemoryBarrier();
    FENCE;
#endif
    // src: Connection/ConnectionResources.cs OnUnused: ReleaseIfClientHas();
#ifndef AWAIT_WITHOUT_LOOK
    release_if_client_has();
#endif
    // src: Connection/ConnectionResources.cs OnUnused: Release();
    release()
}

active proctype Reactor() {
    bool seen, last;
end:
    do
    :: atomic { server_bell -> server_bell = false };
        // src: Waiting/Reactor.cs Dispatch: connection.OnEventAfterUse();
        if
        :: atomic { FENCE && in_use -> skip }
        :: atomic { FENCE && !in_use -> skip }; release_if_client_has()
        fi
    :: atomic { lifeline -> lifeline = false };
        // src: Connection/ConnectionResources.cs OnHangUp: Volatile.Write(ref _isHungUp, true);
        hung_up = true;
        if
        // src: Connection/ConnectionResources.cs OnHangUp: if (ReusePlace?.Store.Remove(this) == true)
        :: atomic { FENCE && kept -> kept = false }; return_memory()
        // src: Connection/ConnectionResources.cs OnHangUp: ReleaseForClient();
        :: atomic { FENCE && !kept -> skip }; release_for_client()
        fi
    od
}

active proctype Memory() {
end:
    do
    DRAIN(0)
    DRAIN(1)
    DRAIN(2)
    // When all is over.
    :: atomic { timeout ->
            assert(holders == 0 && places == 1);
            assert(returned + kept + taken == 1);
            assert(!hung_up || returned == 1 || taken);
            break
        }
    od
}
