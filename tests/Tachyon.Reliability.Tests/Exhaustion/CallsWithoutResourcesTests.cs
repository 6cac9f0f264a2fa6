using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.Grpc.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>What a gRPC client sees of a server that can't take another connection: Unavailable with the reason, and the same channel works
/// later.</summary>
public sealed class CallsWithoutResourcesTests
{
    [Fact]
    public async Task Channel_reports_the_cause_and_recovers()
    {
        using var directory = new TempDirectory();
        var path = directory.NewSocketPath();
        await using var server = await HostProgram.StartServerAsync(TransportKind.Adaptive, path);
        using var old = TestTransport.For(TransportKind.Adaptive).CreateChannel(path);
        await LoadAssert.ServesAsync(old);
        var before = await ResourceSnapshot.SettledAsync(server.Id);
        using (var warm = TestTransport.For(TransportKind.Adaptive).CreateChannel(path))
        {
            await LoadAssert.ServesAsync(warm);
        }

        using var another = TachyonChannel.ForAddress(
            path, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });

        // What the warm connection held would be free descriptors.
        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");

        // Enough to accept the client and to make its memory, not for the rest.
        ResourceLimits.LeaveDescriptors(server.Id, free: 3);
        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(another).UnaryAsync(new Payload()).ResponseAsync.Within("a call to a server without resources"));
        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains("has no memory or descriptors left", exception.Status.Detail, StringComparison.Ordinal);
        await LoadAssert.ServesAsync(old);

        ResourceLimits.FreeDescriptors(server.Id);

        await LoadAssert.ServesAsync(another);
        Figures.Report("resource faults injected", 1);
    }
}
