"""Calls of gRPC: streams and their credit, messages (as bytes), metadata and status."""

import time
import urllib.parse

from . import frames
from .ring import RING, Transport

OK, CANCELLED, UNKNOWN, DEADLINE_EXCEEDED, INTERNAL, UNAVAILABLE = 0, 1, 2, 4, 13, 14


class Channel:
    def __init__(self, path):
        self._transport = Transport(path, frames.FEATURE)
        self._received, self._sending = bytearray(), bytearray()
        self.close, self.open, self._next_stream = self._transport.close, {}, 1
        self.send(frames.SETTINGS, 0, frames.NUMBER.pack(0) + frames.NUMBER.pack(frames.MAX_PAYLOAD))
        constant = ("POST", "http", "localhost", "", "te", "trailers", "content-type", "application/grpc")
        self.send(frames.DEFINE, 0, frames.pack_texts(*constant), template=1)

    def start(self, path, metadata=(), timeout=None):
        """Begins a call. What it sends goes out while a call of the channel is read."""
        call = self.open[self._next_stream] = Call(self, self._next_stream, timeout)
        self._next_stream += 2
        headers = [(":path", path), *([("grpc-timeout", f"{int(timeout * 1000)}m")] if timeout else []), *metadata]
        self.send(frames.HEADERS, call.stream, frames.pack_texts(*(text for header in headers for text in header)), template=1)
        return call

    def send(self, kind, stream, payload, **more):
        self._sending += frames.pack(kind, stream, payload, **more)

    def run(self, condition, deadline):
        """Moves bytes both ways until the condition holds. False: the deadline came first."""
        while not condition():
            if not (self._receive() | self._transmit()):
                if time.monotonic() >= deadline:
                    return False
                self._transport.wait(min(len(self._sending), RING // 2), deadline - time.monotonic())
        return True

    def _transmit(self):
        if not self._sending:
            self._sending += b"".join(call.pack_data() for call in self.open.values())  # One frame of each call at a time.
        count = self._transport.output.write(self._sending)
        del self._sending[:count]
        return count > 0

    def _receive(self):
        data = self._transport.input.read()
        self._received += data or b""
        for kind, flags, stream, payload in frames.take(self._received):
            if kind == frames.PING:
                self.send(frames.PONG, 0, payload)
            elif kind == frames.GOAWAY:
                self._end(payload[8:].decode(), frames.NUMBER.unpack_from(payload)[0])
            elif kind > frames.PONG and flags & frames.CRITICAL:
                raise ConnectionError(f"a critical frame of the unknown type {kind}")
            elif stream in self.open:
                self.open[stream].on_frame(kind, flags, payload)
        if data is None or (not data and self._transport.is_server_gone):
            self._end("the server ended the connection", 0)
        return bool(data)

    def _end(self, reason, last_served):
        for call in [call for stream, call in self.open.items() if stream > last_served]:
            call.finish(UNAVAILABLE, reason)


class Call:
    """Write messages, end the request, read messages until None: then there is a status."""
    def __init__(self, channel, stream, timeout):
        self.stream, self.headers, self.trailers, self.status, self.details = stream, [], [], None, ""
        self._channel, self._deadline = channel, time.monotonic() + (timeout or 1e9)
        self._request, self._credit, self._is_end_due = bytearray(), frames.CREDIT, False
        self._response, self._to_return = bytearray(), 0

    def write(self, message):
        self._request += b"\0" + len(message).to_bytes(4, "big") + message

    def end(self):
        self._is_end_due = True

    def read(self):
        while (message := self._take_message()) is None and self.status is None:
            # The reader has examined all that came. A window that is used up always has more to return than this.
            if self._to_return >= frames.CREDIT // 2:
                self._channel.send(frames.WINDOW, self.stream, frames.NUMBER.pack(self._to_return))
                self._to_return = 0
            seen = len(self._response)
            if not self._channel.run(lambda: len(self._response) > seen or self.status is not None, self._deadline):
                self.cancel(DEADLINE_EXCEEDED)
        return message

    def cancel(self, status=CANCELLED):
        if self.status is None:
            self._channel.send(frames.RESET, self.stream, frames.NUMBER.pack(frames.CANCEL))
            self.finish(status, "the client ended the call")

    def finish(self, status, details):
        self.status, self.details = status, details
        self._channel.open.pop(self.stream)

    def pack_data(self):
        payload = self._request[:min(self._credit, frames.MAX_PAYLOAD)]
        del self._request[:len(payload)]
        self._credit -= len(payload)
        is_end = self._is_end_due and not self._request
        self._is_end_due &= not is_end
        return frames.pack(frames.DATA, self.stream, payload, frames.END if is_end else 0) if payload or is_end else b""

    def on_frame(self, kind, flags, payload):
        if kind == frames.DATA:
            self._response += payload
            self._to_return += len(payload)
        elif kind == frames.WINDOW:
            self._credit += frames.NUMBER.unpack(payload)[0]
        elif kind == frames.HEADERS and not flags & frames.STANDARD:
            self.details, self.headers = f"HTTP status {frames.LENGTH.unpack_from(payload)[0]}", frames.unpack_headers(payload[2:])
        elif kind == frames.TRAILERS:
            self.trailers = [("grpc-status", "0")] if flags & frames.STANDARD else frames.unpack_headers(payload)
        elif kind == frames.RESET:
            statuses = {frames.CANCEL: CANCELLED, frames.REFUSED_STREAM: UNAVAILABLE}
            self.finish(statuses.get(frames.NUMBER.unpack(payload)[0], INTERNAL), "the server reset the call")
        if flags & frames.END:
            last = dict(self.trailers or self.headers)  # A response without a body has its status in the headers.
            self.finish(int(last.get("grpc-status", UNKNOWN)), urllib.parse.unquote(last.get("grpc-message", self.details)))

    def _take_message(self):
        if len(self._response) < 5 or len(self._response) < 5 + (size := int.from_bytes(self._response[1:5], "big")):
            return None
        message = bytes(self._response[5:5 + size])
        del self._response[:5 + size]
        return message
