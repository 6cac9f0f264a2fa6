using Grpc.Core;
using Grpc.Net.Client;

namespace Tachyon.TestHost.Transports;

/// <summary>A channel whose clients make their calls as those of its transport do.</summary>
public sealed class TestChannel(TestTransport transport, GrpcChannel channel) : ChannelBase(channel.Target), IDisposable
{
    private readonly CallInvoker _invoker = transport.CreateCallInvoker(channel);

    public override CallInvoker CreateCallInvoker() => _invoker;

    public void Dispose() => channel.Dispose();

    protected override Task ShutdownAsyncCore() => channel.ShutdownAsync();
}
