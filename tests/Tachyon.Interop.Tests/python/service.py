"""Calls by name over grpcio's generic channel, without generated files: the test hands over the descriptors of the services."""

from google.protobuf import descriptor_pb2

from support import message


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
