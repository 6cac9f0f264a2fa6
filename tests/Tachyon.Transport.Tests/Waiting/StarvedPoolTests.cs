namespace Tachyon.Transport.Tests.Waiting;

/// <summary>
/// A thread pool full of blocked work items, in a process of its own. Nothing can run there then; but whatever came meanwhile must be
/// seen once a thread is free, and also connections that were being polled when the poller lost its thread.
/// </summary>
public sealed class StarvedPoolTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive, 1)]
    [InlineData(TachyonWaitMode.Adaptive, 3)]
    [InlineData(TachyonWaitMode.Park, 1)]
    [InlineData(TachyonWaitMode.Park, 3)]
    public async Task No_wake_up_is_lost(TachyonWaitMode mode, int reactors)
    {
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("starve", path, mode, reactors: reactors);
        var connections = new List<TachyonConnection>();
        for (var i = 0; i < 4; i++)
        {
            connections.Add(await TachyonConnection.ConnectAsync(path).Within());
        }

        var rounds = TestSize.Of(usual: 12, full: 40);
        for (var round = 0; round < rounds; round++)
        {
            // Busy up to the moment of blocking in every second round: polled; else parked.
            if (round % 2 == 0)
            {
                await Task.WhenAll(connections.Select(connection => EchoAsync(connection, 50)));
            }

            peer.Send("block");
            Assert.Equal("blocked", await peer.ReadLineAsync());
            Task[] echoes = [.. connections.Select(connection => EchoAsync(connection, 1))];
            Assert.All(echoes, static echo => Assert.False(echo.IsCompleted));

            if (round % 4 < 2)
            {
                // Long enough for the parked thread to take the connections back from the poller; shorter is the other case.
                await Task.Delay(30);
            }

            // One thread for all: the poller must share it with the work that it causes.
            peer.Send("free one");
            await Task.WhenAll(echoes).Within($"echoes of round {round}, after one thread was freed");
            await Task.WhenAll(connections.Select(connection => EchoAsync(connection, 5)));
            peer.Send("free others");
        }

        foreach (var connection in connections)
        {
            await connection.DisposeAsync().Within();
        }
    }

    private static async Task EchoAsync(TachyonConnection connection, int count)
    {
        for (var i = 0; i < count; i++)
        {
            await connection.Output.SendPatternAsync(100, i);
            await connection.Input.ReceivePatternAsync(100, i);
        }
    }
}
