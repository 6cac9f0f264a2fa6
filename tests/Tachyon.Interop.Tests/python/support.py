"""What the scripts share: messages and methods by name, without generated files; checks; the report that the test reads."""

import itertools
import json
import os
import traceback

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory

MIB = 1024 * 1024

_calls = itertools.count()


def load(path):
    """The descriptors of a file with a FileDescriptorSet."""
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as stream:
        files.ParseFromString(stream.read())

    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


def message(descriptor):
    """The class of a message type. Protobuf 4.22 renamed the way to it."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(descriptor.file.pool).GetPrototype(descriptor)


def types(pool, *names):
    """The classes of message types of the test services."""
    return (message(pool.FindMessageTypeByName(f"tachyon.test.{name}")) for name in names)


def payloads(type, count, size):
    return [type(index=index, data=os.urandom(size)) for index in range(count)]


def new_id():
    return f"python-{os.getpid()}-{next(_calls)}"


def pattern(index, size):
    """Content that the test can work out as well."""
    block = bytes((at + index) % 251 for at in range(251))
    return (block * (size // 251 + 1))[:size]


def check(condition, otherwise):
    if not condition:
        raise AssertionError(otherwise)


def check_same(actual, expected):
    actual = list(actual)
    check(len(actual) == len(expected), f"{len(actual)} messages instead of {len(expected)}")
    for at, (one, other) in enumerate(zip(actual, expected)):
        check(one.index == other.index and one.data == other.data, f"message {at} differs")


def run(scenarios):
    """Prints one line for each scenario, "NAME: ok" with what only the test can judge behind it, or "NAME: failed" with the reason."""
    for name, scenario in scenarios.items():
        try:
            judged = scenario()
            result = "ok" if judged is None else f"ok {judged}"
        except Exception:
            result = f"failed {json.dumps(traceback.format_exc())}"
        print(f"{name}: {result}", flush=True)
