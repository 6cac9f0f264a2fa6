using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>What a gRPC client sees of a server that can't take another connection: Unavailable with the reason, and the same channel works later.</summary>
public sealed class CallsWithoutResourcesTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Channel_says_why_and_recovers(bool descriptors)
    {
        using var directory = new TempDirectory();
        string path = directory.NewSocketPath();
        await using ChildProgram server = await Host.StartServerAsync(TransportKind.Adaptive, path);
        using GrpcChannel old = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        await LoadAssert.ServesAsync(old);
        using (GrpcChannel warm = TestTransport.For(TransportKind.Adaptive).CreateChannel(path))
        {
            await LoadAssert.ServesAsync(warm);
        }

        using GrpcChannel another = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        _ = await server.CensusAsync(); // What the warm connection held is given back by then.
        Press(server.Id, descriptors);
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(another).UnaryAsync(new Payload()).ResponseAsync.Within("a call to a server without resources"));
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains("could not provide the memory or the descriptors", exception.Status.Detail, StringComparison.Ordinal);
        await LoadAssert.ServesAsync(old);

        ResourceLimits.FreeDescriptors(server.Id);
        ResourceLimits.FreeAddressSpace(server.Id);

        await LoadAssert.ServesAsync(another);
        Figures.Report("resource faults injected", 1);
    }

    private static void Press(int server, bool descriptors)
    {
        if (descriptors)
        {
            // Enough to accept the client and to make its memory, not for the rest.
            ResourceLimits.LeaveDescriptors(server, free: 3);
        }
        else
        {
            ResourceLimits.LeaveAddressSpace(server, free: 3 << 20);
        }
    }
}
