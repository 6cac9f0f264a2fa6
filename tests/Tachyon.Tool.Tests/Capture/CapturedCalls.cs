using Grpc.Core;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests.Capture;

/// <summary>Calls of this process whose traces in a capture are known.</summary>
internal static class CapturedCalls
{
    internal const string EchoPath = "/tachyon.test.Echo/Unary";
    internal const string OutcomePath = "/tachyon.test.Outcome/Unary";

    /// <summary>A call that succeeds with this text as its message, and one that fails with NOT_FOUND. Closes the channel.</summary>
    internal static async Task MakeAsync(TransportKind transport, string path, string text)
    {
        using var channel = TestTransport.For(transport).CreateChannel(path);
        var payload = new Payload { Index = 1, Data = Google.Protobuf.ByteString.CopyFromUtf8(text) };
        Assert.Equal(payload, await new Echo.EchoClient(channel).UnaryAsync(payload).ResponseAsync.Within());
        var request = new OutcomeRequest { Status = (int)StatusCode.NotFound, Detail = "no such thing" };
        var failure = await Assert.ThrowsAsync<RpcException>(
            () => new Outcome.OutcomeClient(channel).UnaryAsync(request).ResponseAsync.Within());
        Assert.Equal(StatusCode.NotFound, failure.StatusCode);
    }

    /// <summary>The message of the first call, in hexadecimal as tshark prints it.</summary>
    internal static string MessageOf(string text)
        => Convert.ToHexStringLower(
            Google.Protobuf.MessageExtensions.ToByteArray(new Payload { Index = 1, Data = Google.Protobuf.ByteString.CopyFromUtf8(text) }));

    /// <summary>The capture has both calls, decoded as HTTP/2 and gRPC without any option.</summary>
    internal static async Task AssertDecodedAsync(string file, string text)
    {
        Assert.Equal([EchoPath, OutcomePath], await Tshark.FieldAsync(file, "http2.headers.path"));
        Assert.Equal(["0", "5"], await Tshark.GrpcStatusesAsync(file));
        var messages = await Tshark.FieldAsync(file, "grpc.message_data");
        Assert.Equal(2, messages.Count(message => message == MessageOf(text)));
        Assert.Empty(await Tshark.ProblemsAsync(file));
    }
}
