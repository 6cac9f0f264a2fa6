using Tachyon.Grpc.Client;
using Tachyon.Reliability.Tests.FaultSupport;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// The kernel refuses to map the rings (ENOMEM): the process has as much address space as it may have (RLIMIT_AS). Clear errors on both
/// sides; connections that exist go on.
/// </summary>
/// <remarks>
/// Not by filling the table of mappings up to vm.max_map_count, which gives the same error: the runtime ends itself ("Out of memory.") as
/// soon as it cannot map, whichever code took the mappings.
/// </remarks>
public sealed class AddressSpaceTests : IDisposable
{
    /// <summary>
    /// A connection with the largest rings that these servers grant, 16 MiB, takes 64 MiB. What is less is for the runtime, which takes
    /// some for each new thread, and may end itself when it gets none.
    /// </summary>
    private const long Left = 40L << 20;

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Server_without_address_space()
    {
        var path = _directory.NewSocketPath();
        await using var server = await StartAsync("pressed-server", path);
        await using var old = await TachyonConnection.ConnectAsync(path).Within();
        await WarmUpAsync(path);
        var before = await ResourceSnapshot.SettledAsync(server.Id);
        List<string> said = [];
        var largest = new TachyonChannelOptions { SendRingSize = 16 << 20, ReceiveRingSize = 16 << 20 };
        for (var round = 0; round < 5; round++)
        {
            // The mappings of the last round would be free space.
            await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");

            ResourceLimits.LeaveAddressSpace(server.Id, Left);
            var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(path, largest).Within());
            Assert.Equal(TachyonConnectError.NoSharedMemory, exception.Error);
            await EchoAssert.EchoesAsync(old);
            ResourceLimits.FreeAddressSpace(server.Id);
            await EchoAssert.ServesAsync(path);
        }

        await ResourceSnapshot.AssertReturnedAsync(server.Id, before, "The server");
        await server.ReadReportsAsync(said);
        AssertNamesTheLimit(said);
        Figures.Report("resource faults injected", 5);
    }

    [Fact]
    public async Task Client_without_address_space()
    {
        var path = _directory.NewSocketPath();
        await using var server = await PeerProgram.StartAsync("pressed-server", path);
        await using var client = await StartAsync("exchange-later", path);
        await client.ConnectAndCloseAsync(server.Id);
        var before = await ResourceSnapshot.SettledAsync(client.Id);
        List<string> errors = [];
        for (var round = 0; round < 5; round++)
        {
            // As above: "closed" comes before the last round's region is unmapped.
            await ResourceSnapshot.AssertReturnedAsync(client.Id, before, "The client");

            ResourceLimits.LeaveAddressSpace(client.Id, Left);
            var error = await client.AskAsync("connect");
            ResourceLimits.FreeAddressSpace(client.Id);
            Assert.StartsWith("error NoSharedMemory: ", error, StringComparison.Ordinal);
            errors.Add(error);
            await client.ConnectAndCloseAsync(server.Id);
        }

        await ResourceSnapshot.AssertReturnedAsync(client.Id, before, "The client");
        AssertNamesTheLimit(errors);

        // The server learned that it was the client who could not, and keeps nothing of it.
        List<string> said = [];
        await server.ReadReportsAsync(said);
        Assert.Contains(said, static line => line.StartsWith("refused RefusedByClient", StringComparison.Ordinal));
        Figures.Report("resource faults injected", 5);
    }

    private static void AssertNamesTheLimit(IEnumerable<string> errors)
    {
        string[] lines = [.. errors];
        Assert.NotEmpty(lines);
        Assert.All(lines, static line => Assert.Contains("vm.max_map_count", line, StringComparison.Ordinal));
    }

    // The runtime must not need mappings of its own for code that is made while there are none.
    private static async Task<ChildProgram> StartAsync(string role, string path)
    {
        var peer = ChildProgram.Start(
            "Tachyon.TestPeer",
            [role, path],
            environment: new Dictionary<string, string>
            {
                ["DOTNET_EnableWriteXorExecute"] = "0",
                ["DOTNET_TieredCompilation"] = "0",
            });
        Assert.Equal("ready", await peer.ReadLineAsync());
        return peer;
    }

    private static async Task WarmUpAsync(string path)
    {
        for (var i = 0; i < 20; i++)
        {
            await EchoAssert.ServesAsync(path);
        }
    }
}
