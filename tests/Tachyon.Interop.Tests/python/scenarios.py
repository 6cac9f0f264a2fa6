"""Calls the test services with grpcio: scenarios.py DESCRIPTOR-FILE ADDRESS [CERTIFICATE-FILE]."""

import concurrent.futures
import hashlib
import os
import queue
import sys
import time

import grpc

import service
import support
from support import MIB, check, check_same, new_id, pattern

# The window is larger than a response of the scenarios: one that takes its window to zero can cost the next call its answer
# (docs/adr/0006-http2-windows.md).
OPTIONS = [
    ("grpc.max_receive_message_length", -1), ("grpc.max_send_message_length", -1),
    ("grpc.http2.lookahead_bytes", 16 * MIB), ("grpc.http2.bdp_probe", 0),
]

pool = support.load(sys.argv[1])
address = sys.argv[2]
certificate = sys.argv[3] if len(sys.argv) > 3 else None


def open_channel(**more):
    if certificate is None:
        return grpc.insecure_channel(address, options=OPTIONS, **more)
    with open(certificate, "rb") as stream:
        return grpc.secure_channel(address, grpc.ssl_channel_credentials(stream.read()), options=OPTIONS, **more)


channel = open_channel()
echo, hold, outcome, identity, watch = (service.Service(pool, name, channel) for name in ("Echo", "Hold", "Outcome", "Identity", "Watch"))


Payload, ExpandRequest, OutcomeRequest, WatchedCall, Nothing = support.types(
    pool, "Payload", "ExpandRequest", "OutcomeRequest", "WatchedCall", "Nothing")


def payloads(count, size):
    return support.payloads(Payload, count, size)


def fails(act, code, details=None):
    """The error of a call, as grpcio raises it."""
    try:
        act()
    except grpc.RpcError as error:
        check(error.code() == code, f"{error.code()} instead of {code}: {error.details()}")
        check(details is None or error.details() == details, f"{error.details()!r} instead of {details!r}")
        return error
    except grpc.FutureCancelledError as error:
        raise AssertionError("The future was cancelled without a status.") from error
    raise AssertionError("The call succeeded.")


class OpenRequests:
    """A client stream without an end of its own."""

    def __init__(self):
        self._queue = queue.Queue()

    def write(self, request):
        self._queue.put(request)

    def end(self):
        self._queue.put(None)

    def __iter__(self):
        return iter(self._queue.get, None)


def read_to_end(responses):
    for _ in responses:
        pass


def without_requests(call, finish):
    return call, lambda: finish(call), lambda: None


def with_requests(start, finish, **more):
    requests = OpenRequests()
    call = start(iter(requests), **more)
    # The thread that reads the requests would wait for ever.
    return call, lambda: finish(call), requests.end


# Starts a call of the Hold service by each kind of call; each gives the call, what waits for its end, and what ends the client's stream.
HELD_CALLS = [
    lambda **more: without_requests(hold.Unary.future(Payload(index=1), **more), lambda call: call.result()),
    lambda **more: with_requests(hold.ClientStream.future, lambda call: call.result(), **more),
    lambda **more: without_requests(hold.ServerStream(Payload(index=1), **more), read_to_end),
    lambda **more: with_requests(hold.Duplex, read_to_end, **more),
]


# What the server knows of a call that runs there, or did; an answer that does not come is a failure.
def wait_for_start(id):
    watch.Started(WatchedCall(call_id=id), timeout=20)


def ended(id):
    return watch.Ended(WatchedCall(call_id=id), timeout=20)


def summary(count, size):
    reply = echo.Collect(Payload(index=index, data=pattern(index, size)) for index in range(count))
    return f"{reply.messages} {reply.bytes} {reply.checksum}"


def expanded(messages, size):
    digest = hashlib.sha256()
    count = 0
    for payload in echo.Expand(ExpandRequest(messages=messages, size=size)):
        check(payload.index == count, f"message {payload.index} instead of {count}")
        digest.update(payload.data)
        count += 1
    return f"{count} {digest.hexdigest()}"


def who():
    reply = identity.Who(Nothing())
    caller = "this process" if reply.peer_process_id == os.getpid() else f"process {reply.peer_process_id}"
    return f"{'shared memory' if reply.shared_memory else 'socket'}, {reply.http_protocol}, {caller}"


def unary(size=1000):
    [request] = payloads(1, size)
    check_same([echo.Unary(request)], [request])


def duplex():
    """Each message waits for the answer to the one before."""
    requests = OpenRequests()
    answers = echo.Duplex(iter(requests))
    for request in payloads(50, 1000):
        requests.write(request)
        check_same([next(answers)], [request])
    requests.end()
    check_same(answers, [])


def duplex_large():
    requests = payloads(3, 4 * MIB)
    check_same(echo.Duplex(iter(requests)), requests)


def empty_message():
    check_same([echo.Unary(Payload())], [Payload()])


def metadata():
    """Request headers come back as response headers and as trailers, text, repeated and binary, in calls with one response and with many."""
    binary = os.urandom(300)
    sent = [
        ("echo-header-text", "one"), ("echo-header-list", "a"), ("echo-header-list", "b"), ("echo-header-bytes-bin", binary),
        ("echo-trailer-text", "two words"), ("echo-trailer-bytes-bin", binary),
    ]
    _, unary_call = echo.Unary.with_call(Payload(index=1), metadata=sent)
    _, collect_call = echo.Collect.with_call(iter(payloads(2, 10)), metadata=sent)
    expand_call = echo.Expand(ExpandRequest(messages=2, size=10), metadata=sent)
    read_to_end(expand_call)
    duplex_call = echo.Duplex(iter(payloads(2, 10)), metadata=sent)
    read_to_end(duplex_call)
    for call in (unary_call, collect_call, expand_call, duplex_call):
        headers, trailers = list(call.initial_metadata()), list(call.trailing_metadata())
        check(("echo-header-text", "one") in headers, headers)
        items = ",".join(value for key, value in headers if key == "echo-header-list").replace(" ", "")
        check(items == "a,b", headers)
        check(("echo-header-bytes-bin", binary) in headers, headers)
        check(("echo-trailer-text", "two words") in trailers, trailers)
        check(("echo-trailer-bytes-bin", binary) in trailers, trailers)


def every_status():
    codes = {code.value[0]: code for code in grpc.StatusCode}
    for status in range(1, 17):
        detail = f"status {status}"
        fails(lambda: outcome.Unary(OutcomeRequest(status=status, detail=detail)), codes[status], detail)


def status_message():
    detail = 'Grüße, 世界 🚀: 100 % "quoted"\nand a second line'
    fails(lambda: outcome.Unary(OutcomeRequest(status=9, detail=detail)), grpc.StatusCode.FAILED_PRECONDITION, detail)


def status_details():
    details = os.urandom(700)
    sent = [("echo-trailer-reason", "full"), ("echo-trailer-bytes-bin", details)]
    request = OutcomeRequest(status=8, detail="no more", status_details=details)
    error = fails(lambda: outcome.Unary(request, metadata=sent), grpc.StatusCode.RESOURCE_EXHAUSTED, "no more")
    trailers = list(error.trailing_metadata())
    check(("grpc-status-details-bin", details) in trailers, trailers)
    check(("echo-trailer-bytes-bin", details) in trailers, trailers)
    check(("echo-trailer-reason", "full") in trailers, trailers)


def errors_of_every_kind():
    request = OutcomeRequest(status=5, detail="not here", messages=3)
    fails(lambda: outcome.Unary(request), grpc.StatusCode.NOT_FOUND, "not here")
    fails(lambda: outcome.ClientStream(iter([request, request])), grpc.StatusCode.NOT_FOUND, "not here")
    for call in (outcome.ServerStream(request), outcome.Duplex(iter([request]))):
        check([next(call).index for _ in range(3)] == [0, 1, 2], "three messages expected")
        fails(lambda: next(call), grpc.StatusCode.NOT_FOUND, "not here")


def unknown_method():
    call = channel.unary_unary("/tachyon.test.Echo/Nothing")
    fails(lambda: call(b""), grpc.StatusCode.UNIMPLEMENTED)


def deadline():
    """The client gives up, and the handler hears of it."""
    held = []
    for start in HELD_CALLS:
        id = new_id()
        held.append((id, *start(metadata=[("call-id", id)], timeout=1)))
    for id, _, finish, end in held:
        fails(finish, grpc.StatusCode.DEADLINE_EXCEEDED)
        end()
        check(ended(id).cancelled, "The handler was not cancelled.")


def deadline_reaches_server():
    """The server knows the client's deadline."""
    id = new_id()
    expected = (time.time() + 3600) * 1000
    call = hold.Unary.future(Payload(), metadata=[("call-id", id)], timeout=3600)
    wait_for_start(id)
    call.cancel()
    end = ended(id)
    check(abs(end.deadline - expected) < 600_000, f"{end.deadline} instead of {expected}")


def cancellation():
    """Calls of every kind, cancelled when their handler runs; the handler hears of it."""
    for start in HELD_CALLS:
        id = new_id()
        call, _, end = start(metadata=[("call-id", id)])
        wait_for_start(id)
        call.cancel()
        check(call.code() == grpc.StatusCode.CANCELLED, call.code())
        end()
        check(ended(id).cancelled, "The handler was not cancelled.")


def gzip():
    with open_channel(compression=grpc.Compression.Gzip) as compressing:
        request = Payload(index=7, data=pattern(7, 300_000))
        check_same([service.Service(pool, "Echo", compressing).Unary(request)], [request])


def many_at_once():
    """More calls than Kestrel takes streams of one connection at a time (100)."""
    held = []
    for index in range(300):
        requests = payloads(1, 1000 + index)
        held.append((requests, echo.Unary.future(requests[0]) if index % 2 == 0 else echo.Collect.future(iter(requests))))
    for requests, call in held:
        answer = call.result()
        if hasattr(answer, "checksum"):
            check(answer.messages == 1 and answer.bytes == len(requests[0].data), answer)
        else:
            check_same([answer], requests)

    def converse(index):
        requests = payloads(index % 3 + 1, 1000 + index)
        check_same(echo.Duplex(iter(requests)), requests)

    with concurrent.futures.ThreadPoolExecutor(16) as threads:
        list(threads.map(converse, range(64)))


SCENARIOS = {
    "who": who,
    "unary": unary,
    "client-stream": lambda: summary(12, 1000),
    "server-stream": lambda: expanded(12, 1000),
    "duplex": duplex,
    "empty-message": empty_message,
    "unary-4MiB": lambda: unary(4 * MIB),
    "client-stream-4MiB": lambda: summary(3, 4 * MIB),
    "server-stream-4MiB": lambda: expanded(3, 4 * MIB),
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
    "gzip": gzip,
    "many-at-once": many_at_once,
}

support.run(SCENARIOS)
channel.close()
