"""The frames: twelve bytes and a payload (docs/protocol-direct.md)."""

import base64
import struct

FEATURE = 1 << 32
SETTINGS, DEFINE, HEADERS, DATA, TRAILERS, RESET, WINDOW, GOAWAY, PING, PONG = range(1, 11)
END, STANDARD, CRITICAL = 1, 2, 128
REFUSED_STREAM, CANCEL = 7, 8
CREDIT, MAX_PAYLOAD = 131_072, 65_536
HEAD, NUMBER, LENGTH = struct.Struct("<IBBHI"), struct.Struct("<I"), struct.Struct("<H")


def pack(kind, stream, payload, flags=0, template=0):
    return HEAD.pack(len(payload), kind, flags, template, stream) + payload


def pack_texts(*texts):  # Bytes are the value of a header whose name ends in -bin.
    encoded = [base64.b64encode(text) if isinstance(text, bytes) else text.encode() for text in texts]
    return b"".join(LENGTH.pack(len(text)) + text for text in encoded)


def unpack_headers(block):
    texts = []
    while block:
        end = 2 + LENGTH.unpack_from(block)[0]
        texts.append(block[2:end].decode())
        block = block[end:]
    headers = [(name.lower(), value) for name, value in zip(texts[::2], texts[1::2], strict=True)]
    return [(name, base64.b64decode(value + "==") if name.endswith("-bin") else value) for name, value in headers]


def take(received):
    """Removes the frames that are complete, and yields them."""
    while len(received) >= HEAD.size:
        length, kind, flags, _, stream = HEAD.unpack_from(received)
        if length > MAX_PAYLOAD:
            raise ConnectionError(f"a frame of type {kind} has {length} bytes")
        if len(received) < HEAD.size + length:
            return
        payload = bytes(received[HEAD.size:HEAD.size + length])
        del received[:HEAD.size + length]
        yield kind, flags, stream, payload
