"""Calls by name over grpcio's generic channel, without generated files: the test hands over the descriptors of the services."""

import grpc
from google.protobuf import descriptor_pb2, descriptor_pool, message_factory


def load(path):
    """The descriptors of a file with a FileDescriptorSet."""
    files = descriptor_pb2.FileDescriptorSet()
    with open(path, "rb") as stream:
        files.ParseFromString(stream.read())

    pool = descriptor_pool.DescriptorPool()
    for file in files.file:
        pool.Add(file)
    return pool


class Service:
    """One attribute for each method, such as grpc's own stubs have, and one for each message type of the package."""

    def __init__(self, pool, name, channel):
        for method in pool.FindServiceByName(f"tachyon.test.{name}").methods:
            # Attributes of the descriptor do not say whether a method streams; the proto that it came from does.
            proto = descriptor_pb2.MethodDescriptorProto()
            method.CopyToProto(proto)
            kind = f"{'stream' if proto.client_streaming else 'unary'}_{'stream' if proto.server_streaming else 'unary'}"
            stub = getattr(channel, kind)(
                f"/tachyon.test.{name}/{method.name}",
                request_serializer=message(method.input_type).SerializeToString,
                response_deserializer=message(method.output_type).FromString,
            )
            setattr(self, method.name, stub)


def message(descriptor):
    """The class of a message type. Protobuf 4.22 renamed the way to it."""
    if hasattr(message_factory, "GetMessageClass"):
        return message_factory.GetMessageClass(descriptor)
    return message_factory.MessageFactory(descriptor.file.pool).GetPrototype(descriptor)
