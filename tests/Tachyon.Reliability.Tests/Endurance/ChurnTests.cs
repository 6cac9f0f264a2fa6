using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.Endurance;

/// <summary>
/// Connections come and go by the ten thousand, between two processes in which nothing else goes on, and leave nothing behind in either.
/// </summary>
public sealed class ChurnTests : IDisposable
{
    private const int AtOnce = 8;
    private const int OpenAtOnce = 1_000;

    /// <summary>What a connection that is open holds in each process: two doorbells and one end of the lifeline; three views of its
    /// memory.</summary>
    private const int DescriptorsOfOne = 3;

    private const int MappingsOfOne = 3;

    /// <summary>Pools, statics, the JIT and the threads of the pool have then taken what they take.</summary>
    private static readonly int s_warmUp = TestSize.Of(usual: 500, full: 2_000);

    private readonly TempDirectory _directory = new();

    public static TheoryData<TachyonWaitMode, TachyonWaitMode, int> Parts
    {
        get
        {
            var count = TestSize.Of("TACHYON_CHURN", usual: 1_000, full: 20_000);
            return new()
            {
                { TachyonWaitMode.Adaptive, TachyonWaitMode.Adaptive, count - (3 * (count / 10)) },
                { TachyonWaitMode.Park, TachyonWaitMode.Park, count / 10 },
                { TachyonWaitMode.Spin, TachyonWaitMode.Park, count / 10 },
                { TachyonWaitMode.Adaptive, TachyonWaitMode.Spin, count / 10 },
            };
        }
    }

    public void Dispose() => _directory.Dispose();

    [Theory]
    [MemberData(nameof(Parts))]
    public async Task Connections_come_and_go_and_leave_nothing_behind(
        TachyonWaitMode clientMode, TachyonWaitMode serverMode, int connections)
    {
        await using var pair = await ChurnPair.StartAsync(_directory.NewSocketPath(), clientMode, serverMode);

        await pair.ChurnAsync(s_warmUp, AtOnce);
        var before = await pair.SettleAsync();
        await pair.ChurnAsync(connections, AtOnce);
        var after = await pair.SettleAsync();

        AssertFlat("The server", before.Server, after.Server, connections);
        AssertFlat("The client", before.Client, after.Client, connections);
        await ResourceSnapshot.AssertReturnedAsync(pair.Server.Id, before.Server.Holdings, "The server");
        await ResourceSnapshot.AssertReturnedAsync(pair.Client.Id, before.Client.Holdings, "The client");
        Figures.Report("connections churned", connections + s_warmUp);
    }

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive)]
    [FullInlineData(TachyonWaitMode.Park)]
    public async Task Thousand_connections_are_open_at_once(TachyonWaitMode mode)
    {
        await using var pair = await ChurnPair.StartAsync(_directory.NewSocketPath(), mode, mode);
        await pair.ChurnAsync(s_warmUp, AtOnce);
        var before = await pair.SettleAsync();

        await ChurnPair.CommandAsync(pair.Client, $"hold {OpenAtOnce}", $"held {OpenAtOnce}");

        foreach ((var child, var live) in new[] { (pair.Server, before.Server), (pair.Client, before.Client) })
        {
            // Each of the thousand is really there, and holds what docs/protocol.md says.
            var now = await ResourceSnapshot.SettledAsync(child.Id);
            Assert.Equal(live.Holdings.Descriptors + (OpenAtOnce * DescriptorsOfOne), now.Descriptors);
            Assert.Equal(live.Holdings.RingMappings + (OpenAtOnce * MappingsOfOne), now.RingMappings);
            Assert.InRange(now.Threads, 1, live.Holdings.Threads + 10);
        }

        await AssertRestsAsync(pair.Server);
        await AssertRestsAsync(pair.Client);
        await ChurnPair.CommandAsync(pair.Client, "exchange", $"exchanged {OpenAtOnce}");
        await ChurnPair.CommandAsync(pair.Client, "release", "released");

        await ResourceSnapshot.AssertReturnedAsync(pair.Server.Id, before.Server.Holdings, "The server");
        await ResourceSnapshot.AssertReturnedAsync(pair.Client.Id, before.Client.Holdings, "The client");
        if (mode == TachyonWaitMode.Adaptive)
        {
            // Once: figures of one name are added up.
            Figures.Report("connections open at once", OpenAtOnce);
        }
    }

    /// <summary>
    /// Flat means: less than 512 bytes for each connection, so that one page (4 KiB) or one object of 1 KiB that stays behind
    /// for each of them breaks it, whether the garbage collector knows it or not. The floors are what the heap and the allocator of the
    /// C library move by without any connection.
    /// </summary>
    private static void AssertFlat(string who, Live before, Live after, int connections)
    {
        var native = Math.Max(8 << 20, 512L * connections);
        var managed = Math.Max(256 << 10, 64L * connections);
        Assert.True(
            after.Holdings.Anonymous - before.Holdings.Anonymous < native && after.Holdings.Resident - before.Holdings.Resident < native,
            $"{who} grew from {before} to {after} with {connections} connections.");
        Assert.True(after.Managed - before.Managed < managed, $"{who} keeps objects: {before} became {after} with {connections} connections.");
    }

    /// <summary>The runtime compiles and collects for a while after its start; a second of rest must come, whenever it does.</summary>
    private static async Task AssertRestsAsync(ChildProgram child)
    {
        var used = long.MaxValue;
        for (var second = 0; second < 10 && used > 2; second++)
        {
            var before = ProcessFacts.CpuTicks(child.Id);
            await Task.Delay(TimeSpan.FromSeconds(1));
            used = ProcessFacts.CpuTicks(child.Id) - before;
        }

        Assert.True(used <= 2, $"With {OpenAtOnce} idle connections the process used {used} ticks in a second.");
    }
}
