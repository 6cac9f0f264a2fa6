namespace Tachyon.Transport.Tests.Processes;

/// <summary>"Abort and DisposeAsync may be called from any thread", says the connection; so also beside a reader and a writer.</summary>
public sealed class DisposeRaceTests : IDisposable
{
    private static readonly int s_rounds = TestSize.Of(usual: 50, full: 300);

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Park)]
    public async Task Disposal_beside_readers_and_writers_of_pipes_neither_crashes_nor_hangs(TachyonWaitMode mode)
    {
        await using var peer = await Peer.StartAsync("dispose-race", _directory.NewSocketPath(), mode, $"{s_rounds}");

        // By parts: the watchdog of a line is for a round that hangs, not for a machine on which all of them take long. Null when the
        // process ended.
        for (var survived = 10; survived <= s_rounds; survived += 10)
        {
            Assert.Equal($"survived {survived}", await peer.ReadLineAsync());
        }
    }
}
