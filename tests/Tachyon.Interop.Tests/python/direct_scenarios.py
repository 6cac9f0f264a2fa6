"""Calls the test services in direct mode, without a library of gRPC: direct_scenarios.py DESCRIPTOR-FILE SOCKET-PATH."""

import hashlib
import os
import sys
import time

import support
from direct import calls
from support import MIB, check, check_same, new_id, pattern

pool = support.load(sys.argv[1])
channel = calls.Channel(sys.argv[2])


class Typed:
    """A call whose messages are those of its method."""

    def __init__(self, service, name, **options):
        method = pool.FindServiceByName(f"tachyon.test.{service}").FindMethodByName(name)
        self.raw = channel.start(f"/tachyon.test.{service}/{name}", **options)
        self._response = support.message(method.output_type)

    def send(self, *requests):
        for request in requests:
            self.raw.write(request.SerializeToString())
        return self

    def end(self):
        self.raw.end()
        return self

    def next(self):
        """None at the end."""
        data = self.raw.read()
        return None if data is None else self._response.FromString(data)

    def rest(self):
        """All responses of a call that succeeds."""
        responses = list(iter(self.next, None))
        check(self.raw.status == calls.OK, f"status {self.raw.status}: {self.raw.details}")
        return responses

    def fails(self, status, details=None):
        responses = list(iter(self.next, None))
        check(self.raw.status == status, f"status {self.raw.status} instead of {status}: {self.raw.details}")
        check(details is None or self.raw.details == details, f"{self.raw.details!r} instead of {details!r}")
        return responses


Payload, ExpandRequest, OutcomeRequest, WatchedCall, Nothing = support.types(
    pool, "Payload", "ExpandRequest", "OutcomeRequest", "WatchedCall", "Nothing")


def call(service, name, *requests, **options):
    """Starts a call whose request is here as a whole."""
    return Typed(service, name, **options).send(*requests).end()


def payloads(count, size):
    return support.payloads(Payload, count, size)


# The client's stream of two of them stays open.
HELD_CALLS = [
    lambda **options: call("Hold", "Unary", Payload(index=1), **options),
    lambda **options: Typed("Hold", "ClientStream", **options),
    lambda **options: call("Hold", "ServerStream", Payload(index=1), **options),
    lambda **options: Typed("Hold", "Duplex", **options),
]


def who():
    [reply] = call("Identity", "Who", Nothing()).rest()
    medium = "shared memory" if reply.shared_memory else "socket"
    caller = "this process" if reply.peer_process_id == os.getpid() else f"process {reply.peer_process_id}"
    return f"{medium}, {'direct' if reply.direct else reply.http_protocol}, {caller}"


def unary(size=1000):
    requests = payloads(1, size)
    check_same(call("Echo", "Unary", *requests).rest(), requests)


def client_stream(count, size):
    requests = [Payload(index=index, data=pattern(index, size)) for index in range(count)]
    [reply] = call("Echo", "Collect", *requests).rest()
    return f"{reply.messages} {reply.bytes} {reply.checksum}"


def server_stream(messages, size):
    digest = hashlib.sha256()
    responses = call("Echo", "Expand", ExpandRequest(messages=messages, size=size)).rest()
    check([response.index for response in responses] == list(range(messages)), "messages are missing or not in their order")
    for response in responses:
        digest.update(response.data)
    return f"{len(responses)} {digest.hexdigest()}"


def duplex():
    """Each message waits for the answer to the one before."""
    conversation = Typed("Echo", "Duplex")
    for request in payloads(50, 1000):
        check_same([conversation.send(request).next()], [request])
    check_same(conversation.end().rest(), [])


def duplex_large():
    requests = payloads(3, 4 * MIB)
    check_same(call("Echo", "Duplex", *requests).rest(), requests)


def empty_message():
    check_same(call("Echo", "Unary", Payload()).rest(), [Payload()])


def metadata():
    """Request headers come back as response headers and as trailers, text, repeated and binary, in calls of every kind."""
    binary = os.urandom(301)
    headers = [("echo-header-text", "one"), ("echo-header-list", "a"), ("echo-header-list", "b"), ("echo-header-bytes-bin", binary)]
    trailers = [("echo-trailer-text", "two words"), ("echo-trailer-bytes-bin", binary)]
    for method in ("Unary", "Collect", "Expand", "Duplex"):
        request = ExpandRequest(messages=2, size=10) if method == "Expand" else Payload()
        echo = call("Echo", method, request, metadata=headers + trailers)
        echo.rest()
        received = set(echo.raw.headers)
        check({("echo-header-text", "one"), ("echo-header-list", "a,b"), ("echo-header-bytes-bin", binary)} <= received, received)
        check(set(trailers) <= set(echo.raw.trailers), echo.raw.trailers)


def every_status():
    for status in range(1, 17):
        detail = f"status {status}"
        call("Outcome", "Unary", OutcomeRequest(status=status, detail=detail)).fails(status, detail)


def status_message():
    detail = 'Grüße, 世界 🚀: 100 % "quoted"\nand a second line'
    call("Outcome", "Unary", OutcomeRequest(status=9, detail=detail)).fails(9, detail)


def status_details():
    details = os.urandom(700)
    sent = [("echo-trailer-reason", "full"), ("echo-trailer-bytes-bin", details)]
    failed = call("Outcome", "Unary", OutcomeRequest(status=8, detail="no more", status_details=details), metadata=sent)
    failed.fails(8, "no more")
    expected = {("grpc-status-details-bin", details), *sent}
    check(expected <= set(failed.raw.trailers or failed.raw.headers), failed.raw.trailers)


def errors_of_every_kind():
    request = OutcomeRequest(status=5, detail="not here", messages=3)
    call("Outcome", "Unary", request).fails(5, "not here")
    call("Outcome", "ClientStream", request, request).fails(5, "not here")
    for streaming in (call("Outcome", "ServerStream", request), call("Outcome", "Duplex", request)):
        check([response.index for response in streaming.fails(5, "not here")] == [0, 1, 2], "three messages expected")


def unknown_method():
    unknown = channel.start("/tachyon.test.Echo/Nothing")
    unknown.write(b"")
    unknown.end()
    check(unknown.read() is None and unknown.status == 12, f"status {unknown.status}: {unknown.details}")


def started(id):
    call("Watch", "Started", WatchedCall(call_id=id), timeout=20).rest()


def ended(id):
    [end] = call("Watch", "Ended", WatchedCall(call_id=id), timeout=20).rest()
    return end


def deadline():
    """The client gives up, and the handler is canceled."""
    for start in HELD_CALLS:
        id = new_id()
        start(metadata=[("call-id", id)], timeout=1).fails(calls.DEADLINE_EXCEEDED)
        check(ended(id).cancelled, "The handler was not canceled.")


def deadline_reaches_server():
    id = new_id()
    expected = (time.time() + 3600) * 1000
    held = call("Hold", "Unary", Payload(), metadata=[("call-id", id)], timeout=3600)
    started(id)
    held.raw.cancel()
    end = ended(id)
    check(abs(end.deadline - expected) < 600_000, f"{end.deadline} instead of {expected}")


def cancellation():
    """Calls of every kind, reset when their handler runs: the handler is canceled."""
    for start in HELD_CALLS:
        id = new_id()
        held = start(metadata=[("call-id", id)])
        started(id)
        held.raw.cancel()
        check(ended(id).cancelled, "The handler was not canceled.")


SCENARIOS = {
    "who": who,
    "unary": unary,
    "client-stream": lambda: client_stream(12, 1000),
    "server-stream": lambda: server_stream(12, 1000),
    "duplex": duplex,
    "empty-message": empty_message,
    "unary-4MiB": lambda: unary(4 * MIB),
    "client-stream-4MiB": lambda: client_stream(3, 4 * MIB),
    "server-stream-4MiB": lambda: server_stream(3, 4 * MIB),
    "duplex-4MiB": duplex_large,
    "metadata": metadata,
    "every-status": every_status,
    "status-message": status_message,
    "status-details": status_details,
    "errors-of-every-kind": errors_of_every_kind,
    "unknown-method": unknown_method,
    "deadline": deadline,
    "deadline-reaches-server": deadline_reaches_server,
    "cancellation": cancellation,
}

support.run(SCENARIOS)
channel.close()
