using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Many connections come and go, and leave nothing behind.</summary>
[Trait("Category", "Long")]
public sealed class LeakTests
{
    /// <summary>Connections before the first count: pools, statics and the JIT have then taken what they take.</summary>
    private const int WarmUp = 100;

    /// <summary>The collector and the thread pool map and split some by themselves.</summary>
    private const int MappingsOfTheRuntime = 100;

    private static readonly int s_cycles = TestSize.Of(usual: 300, full: 1_000);

    [Theory]
    [OverTransports(HasProcesses = true)]
    public async Task Many_connections_leave_nothing_behind(TransportKind transport)
    {
        using var directory = new TempDirectory();
        await using var child = await HostProgram.StartAsync(HostRole.Cycles, transport, directory.FilePath("s"));
        await RunAsync(child, WarmUp);
        var before = await ResourceSnapshot.SettledAsync(child.Id);
        var mappings = ProcessFacts.Mappings($"{child.Id}");

        await RunAsync(child, s_cycles);

        await ResourceSnapshot.AssertReturnedAsync(child.Id, before, "The process of both sides");
        Assert.InRange(ProcessFacts.Mappings($"{child.Id}"), 0, mappings + MappingsOfTheRuntime);
    }

    private static async Task RunAsync(ChildProgram child, int cycles)
    {
        child.Send($"{cycles}");
        Assert.Equal($"{cycles}", await child.ReadLineAsync(TimeSpan.FromMinutes(1)));
    }
}
