using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Waiting;

public sealed class ReactorsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(1, null, 1)]
    [InlineData(2, null, 1)]
    [InlineData(15, null, 1)]
    [InlineData(16, null, 2)]
    [InlineData(64, null, 8)]
    [InlineData(512, null, 16)]
    [InlineData(2, "4", 4)]
    [InlineData(64, "1", 1)]
    [InlineData(2, "0", 1)]
    [InlineData(2, "17", 1)]
    [InlineData(2, "many", 1)]
    public void Count_follows_the_processors_and_the_variable_overrides_it(int processors, string? variable, int expected)
        => Assert.Equal(expected, Reactors.CountFor(processors, variable));

    [Fact]
    public async Task Connections_are_shared_among_the_reactors()
    {
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("serve", path, argument: "echo", reactors: 3);
        List<TachyonConnection> connections = [];
        for (var i = 0; i < 5; i++)
        {
            connections.Add(await TachyonConnection.ConnectAsync(path).Within());
            await EchoAsync(connections[i]);
            Assert.Equal(Math.Min(i + 1, 3), ReactorThreads(peer.Id));
        }

        // Each connection is still served, those that came first as well.
        await Task.WhenAll(connections.Select(EchoAsync)).Within();
        foreach (var connection in connections)
        {
            await connection.DisposeAsync().Within();
        }
    }

    private static int ReactorThreads(int process)
        => Directory.GetDirectories($"/proc/{process}/task").Count(static task => File.ReadAllText($"{task}/comm") == "Tachyon reactor\n");

    private static async Task EchoAsync(TachyonConnection connection)
    {
        await connection.Output.SendPatternAsync(100);
        await connection.Input.ReceivePatternAsync(100);
    }
}
