"""A gRPC client in direct mode, in the standard library alone. It shows how little such a client needs.

It is right for CPython on x86-64, and refuses other processors, since Python has no atomic operations. It relies on this:
- A word is copied by memcpy of its size, which is one instruction. x86 keeps stores in order, and loads: release and acquire.
- x86 lets a load pass an older store, so sleeping and waking need a full fence: taking a threading.Lock is a locked instruction, which is
  one. (membarrier(2) is none here: in a process with one thread the kernel returns at once.)
- There is no exchange. The client reads the sleep word and rings; the server clears the word when it wakes. So a ring can be needless, but
  none is missing.
- Every sleep ends after a second (RECHECK). Where one of these arguments fails, a call is late; it does not hang.
Simplified: one thread, whose loop runs while a call is read, so only then are deadlines and pings noticed; requests wait in memory; no
limit on streams, no second try of what the server refused, no compression, no server of another user, no check of a descriptor's kind."""
