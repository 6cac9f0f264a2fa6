"""The transport: handshake, rings, sleeping and waking (docs/protocol.md)."""

import contextlib
import fcntl
import mmap
import os
import select
import socket
import struct
import threading

MESSAGE = struct.Struct("<4sHHHHIQQQQIII4s")
RING = 65_536  # The smallest size, so that large messages wait for space often.
REGION_HEADER, RECHECK = 65_536, 1.0


def check(condition, otherwise):
    if not condition:
        raise ConnectionError(otherwise)


def fence(lock=threading.Lock()):
    with lock:
        pass


def shake_hands(path, features):
    """Returns the descriptors of the memory, of the doorbells of server and client, and of the lifeline; and what closes them."""
    check(os.uname().machine == "x86_64", "this client relies on the memory order of x86-64")
    with socket.socket(socket.AF_UNIX) as control, contextlib.ExitStack() as closing:
        control.settimeout(5)
        control.connect(path)
        control.sendall(MESSAGE.pack(b"TACH", 1, 64, 1, 1, 0, features, features, RING, RING, 0, 0, 0, b"\r\n\r\n"))
        reply, ancillary, flags, _ = control.recvmsg(64, socket.CMSG_SPACE(16), socket.MSG_WAITALL | socket.MSG_CMSG_CLOEXEC)
        descriptors = [descriptor for *_, rights in ancillary for descriptor in struct.unpack(f"{len(rights) // 4}i", rights)]
        for descriptor in descriptors:
            closing.callback(os.close, descriptor)
        magic, kind, _, _, version, status, used, _, *sizes, layout, _, _, _ = MESSAGE.unpack(reply)
        check((magic, kind, status) == (b"TACH", 2, 0), f"the server refuses with status {status}")
        check((version, layout, used, sizes) == (1, 1, features, [RING, RING]), "a version, features or sizes that were not asked for")
        check(len(descriptors) == 4 and not flags & socket.MSG_CTRUNC, "not four descriptors")
        check(fcntl.fcntl(descriptors[0], fcntl.F_GET_SEALS) & fcntl.F_SEAL_SHRINK, "the memory can shrink")
        check(os.fstat(descriptors[0]).st_size == REGION_HEADER + 2 * RING, "the memory has another size")
        control.sendall(MESSAGE.pack(b"TACH", 3, 64, 1, 1, 0, 0, 0, 0, 0, 0, 0, 0, b""))
        return descriptors, closing.pop_all()


class Ring:
    """One direction. Its words are self.tail[0], ...; self._tail is what this side knows: its own position, or the server's, checked."""
    def __init__(self, memory, control, start, server_bell):
        words = (memory[control + 128 * at:control + 128 * at + 8].cast(kind) for at, kind in enumerate("QIQQII"))
        self.tail, self.producer_state, self.space_wanted, self.head, self.consumer_state, self.data_wanted = words
        self._bytes, self._server_bell, self._head, self._tail = memory[start:start + RING], server_bell, 0, 0

    def free(self):
        before, self._head = self._head, self.head[0]
        check(before <= self._head <= self._tail, f"the server broke the ring: head {self._head}")
        return RING - (self._tail - self._head)

    def write(self, data):  # As much as fits.
        count = min(len(data), self.free())
        first, rest = self._spans(self._tail, count)
        first[:], rest[:] = data[:len(first)], data[len(first):count]
        self.tail[0] = self._tail = self._tail + count
        fence()  # With the server's before it sleeps: it sees the tail, or its word is seen here.
        if count and self.data_wanted[0]:
            os.eventfd_write(self._server_bell, 0)
        return count

    def available(self):
        before, self._tail = self._tail, self.tail[0]
        check(before <= self._tail <= self._head + RING, f"the server broke the ring: tail {self._tail}")
        return self._tail - self._head

    def read(self):
        """All that is there; None at the end. The state is read before the tail, so that an end hides no bytes."""
        is_ended = self.producer_state[0] != 0
        data = b"".join(self._spans(self._head, self.available()))
        self.head[0] = self._head = self._head + len(data)
        fence()  # As above, for a server that waits for space. The ring is empty now: there is as much as it can wait for.
        if data and self.space_wanted[0]:
            os.eventfd_write(self._server_bell, 0)
        return None if is_ended and not data else data

    def _spans(self, position, count):
        at = position % RING
        first = min(count, RING - at)
        return self._bytes[at:at + first], self._bytes[:count - first]


class Transport:
    def __init__(self, path, features):
        (memory, self._server_bell, client_bell, self._lifeline), self._closing = shake_hands(path, features)
        view = memoryview(mmap.mmap(memory, REGION_HEADER + 2 * RING))
        self.output = Ring(view, 0x100, REGION_HEADER, self._server_bell)
        self.input = Ring(view, 0x400, REGION_HEADER + RING, self._server_bell)
        self.is_server_gone, self._epoll = False, select.epoll()
        self._epoll.register(client_bell, select.EPOLLIN | select.EPOLLET)  # Its counter is never 0: only an edge is a ring.
        self._epoll.register(self._lifeline, 0)  # EPOLLERR comes unasked.

    def wait(self, space, timeout):
        """Sleeps until there is data, or so much space (0: none is wanted), or the server rings."""
        self.input.data_wanted[0], self.output.space_wanted[0] = 1, space
        fence()  # With the server's after it has moved tail or head: it sees the words, or this side sees what it moved.
        if not self.input.available() and not (space and self.output.free() >= space):
            events = self._epoll.poll(min(max(timeout, 0), RECHECK))
            self.is_server_gone |= any(descriptor == self._lifeline for descriptor, _ in events)
        self.input.data_wanted[0] = self.output.space_wanted[0] = 0

    def close(self):
        self.output.producer_state[0] = self.input.consumer_state[0] = 1
        os.eventfd_write(self._server_bell, 0)
        self._closing.close()
