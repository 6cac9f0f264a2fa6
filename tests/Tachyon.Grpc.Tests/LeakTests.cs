using Tachyon.Grpc.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Tests;

/// <summary>A thousand connections come and go, and leave nothing behind.</summary>
public sealed class LeakTests
{
    /// <summary>Connections before the first count: pools, statics and the JIT have then taken what they take.</summary>
    private const int WarmUp = 100;

    private const int Cycles = 1_000;

    /// <summary>The collector and the thread pool map and split some by themselves.</summary>
    private const int MappingsOfTheRuntime = 100;

    [Theory]
    [OverTransports]
    public async Task Thousand_connections_leave_nothing_behind(TransportKind transport)
    {
        using var directory = new TempDirectory();
        Dictionary<string, string?> settings = [];
        new HostSettings(HostRole.Cycles, transport, directory.FilePath("s")).WriteTo(settings);
        await using var child = ChildProgram.Start("Tachyon.TestHost", [], environment: settings!);
        Assert.Equal(HostSettings.ReadyLine, await child.ReadLineAsync());
        await RunAsync(child, WarmUp);
        ResourceSnapshot before = await ResourceSnapshot.SettledAsync(child.Id);
        int mappings = ProcessFacts.Mappings($"{child.Id}");

        await RunAsync(child, Cycles);

        await ResourceSnapshot.AssertReturnedAsync(child.Id, before, "The process of both sides");
        Assert.InRange(ProcessFacts.Mappings($"{child.Id}"), 0, mappings + MappingsOfTheRuntime);
    }

    private static async Task RunAsync(ChildProgram child, int cycles)
    {
        child.Send($"{cycles}");
        Assert.Equal($"{cycles}", await child.ReadLineAsync(TimeSpan.FromMinutes(1)));
    }
}
