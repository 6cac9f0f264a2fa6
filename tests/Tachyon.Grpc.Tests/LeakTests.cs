using System.Text.Json;
using Tachyon.Grpc.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Tests;

/// <summary>A thousand connections come and go, and leave nothing behind.</summary>
public sealed class LeakTests
{
    [Theory]
    [OverTransports]
    public async Task Thousand_connections_leave_nothing_behind(TransportKind transport)
    {
        using var directory = new TempDirectory();
        await using var child = await ChildProcess.StartAsync(HostRole.Cycles, transport, directory.FilePath("s"));

        var report = JsonSerializer.Deserialize<CyclesReport>(await child.ResultAsync().OrHang("the thousand connections"))!;

        // A leak of anything would show a thousand times. The tolerance is for what the runtime does in the meantime: a thread more
        // in the pool, a heap segment more.
        Assert.Equal(CyclesRole.Cycles, report.Cycles);
        Assert.InRange(report.Afterwards.Descriptors, 0, report.WarmedUp.Descriptors + 10);
        Assert.InRange(report.Afterwards.SharedMappings, 0, report.WarmedUp.SharedMappings + 2);
        Assert.InRange(report.Afterwards.Mappings, 0, report.WarmedUp.Mappings + 100);
        Assert.InRange(report.Afterwards.Threads, 0, report.WarmedUp.Threads + 10);
    }
}
