namespace Tachyon.Transport.Tests.Processes;

/// <summary>"Abort and DisposeAsync may be called from any thread", says the connection; so also beside a reader and a writer.</summary>
public sealed class DisposeRaceTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Park)]
    public async Task Disposal_beside_readers_and_writers_of_pipes_neither_crashes_nor_hangs(TachyonWaitMode mode)
    {
        await using Peer peer = await Peer.StartAsync("dispose-race", _directory.NewSocketPath(), mode, "300");

        // Null when the process ended instead.
        Assert.Equal("survived", await peer.ReadLineAsync());
    }
}
