using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Grpc.Client;
using Tachyon.Transport;

namespace Tachyon.TestHost.Transports;

/// <summary>Direct mode, in which unary calls are no HTTP requests.</summary>
public sealed class InvokerTransport() : TachyonTransport(TachyonWaitMode.Adaptive, TachyonProtocol.RequireDirect)
{
    private static readonly Marshaller<byte[]> s_bytes = Marshallers.Create(static (byte[] value) => value, static value => value);
    private static readonly Method<byte[], byte[]> s_missing = new(MethodType.Unary, "tachyon.test.Missing", "Missing", s_bytes, s_bytes);

    /// <summary>The first call of a channel is an HTTP request: it is not one of the test.</summary>
    public override CallInvoker CreateCallInvoker(GrpcChannel channel)
    {
        var invoker = TachyonChannel.CreateCallInvoker(channel);
        try
        {
            invoker.BlockingUnaryCall(s_missing, host: null, default, []);
        }
        catch (RpcException exception) when (exception.StatusCode == StatusCode.Unimplemented)
        {
        }

        return invoker;
    }
}
