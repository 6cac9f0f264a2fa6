"""A client in Python, with nothing but grpcio: all four kinds of calls and the standard health check.

usage: greet.py TARGET        such as unix:/run/tachyon/app.sock or 127.0.0.1:5000
"""
import sys

import grpc

# Every message here is one string in field 1, short enough for a length of one byte. A real client has code that protoc generates.


def encode(text):
    data = text.encode()
    return bytes([0x0A, len(data)]) + data if data else b""


def decode(data):
    assert data[:1] == b"\x0a"
    # Replies may be longer: the length is a varint.
    position, length, shift = 1, 0, 0
    while True:
        byte = data[position]
        length |= (byte & 0x7F) << shift
        shift += 7
        position += 1
        if byte < 0x80:
            return data[position:position + length].decode()


def decode_status(data):
    names = ["Unknown", "Serving", "NotServing", "ServiceUnknown"]
    return names[data[1]] if data else names[0]


def main(target):
    with grpc.insecure_channel(target) as channel:
        greeter = "/greet.Greeter/"
        wait = {"timeout": 10, "wait_for_ready": True}
        say = channel.unary_unary(greeter + "SayHello", encode, decode)
        print("unary:", say("Ada", **wait))
        say_to_all = channel.stream_unary(greeter + "SayHelloToAll", encode, decode)
        print("client stream:", say_to_all(iter(["Ada", "Grace"]), **wait))
        in_many_ways = channel.unary_stream(greeter + "SayHelloInManyWays", encode, decode)
        for reply in in_many_ways("Ada", **wait):
            print("server stream:", reply)
        chat = channel.stream_stream(greeter + "Chat", encode, decode)
        for reply in chat(iter(["Ada", "Grace"]), **wait):
            print("duplex:", reply)
        check = channel.unary_unary("/grpc.health.v1.Health/Check", encode, decode_status)
        print("health:", check("", **wait))
        try:
            check("no.such.Service", **wait)
        except grpc.RpcError as error:
            print("health of no.such.Service:", error.code().name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    try:
        main(sys.argv[1])
    except grpc.RpcError as error:
        sys.exit(f"{error.code().name}: {error.details()}")
