namespace Tachyon.Transport.Tests.Processes;

/// <summary>Both directions at once between two processes, each byte checked, for each pair of wait modes.</summary>
public sealed class TransferStressTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive, TachyonWaitMode.Adaptive, false, 20)]
    [InlineData(TachyonWaitMode.Adaptive, TachyonWaitMode.Adaptive, true, 20)]
    [InlineData(TachyonWaitMode.Park, TachyonWaitMode.Park, false, 20)]
    [InlineData(TachyonWaitMode.Adaptive, TachyonWaitMode.Park, true, 20)]
    [InlineData(TachyonWaitMode.Park, TachyonWaitMode.Adaptive, false, 20)]
    [InlineData(TachyonWaitMode.Spin, TachyonWaitMode.Park, false, 5)]
    [InlineData(TachyonWaitMode.Spin, TachyonWaitMode.Spin, true, 5)]
    public async Task Every_byte_arrives(TachyonWaitMode clientMode, TachyonWaitMode serverMode, bool inline, int amount)
    {
        var total = amount * (long)TestSize.Of(usual: 250_000, full: 1_000_000);
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("serve", path, serverMode, $"stress {total}");
        await using var connection = await TachyonConnection.ConnectAsync(
            path, new TachyonClientOptions { WaitMode = clientMode }).Within();
        connection.AllowInlineContinuations = inline;

        var receiving = Task.Run(() => Traffic.ReceiveAsync(connection.Input, seed: 2));
        var sending = Task.Run(() => Traffic.SendAsync(connection.Output, total, seed: 1, chunk: 7_001));
        Assert.Equal(total, await sending.Within());
        await connection.Output.CompleteAsync();

        Assert.Equal(total, await receiving.Within());
        Assert.Equal($"received {total} sent {total}", await peer.ReadLineAsync());
    }

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Park)]
    [InlineData(TachyonWaitMode.Spin)]
    public async Task Many_connections_echo_small_messages(TachyonWaitMode mode)
    {
        // Each message is a wake-up on each side: a lost one hangs here.
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("serve", path, mode, "echo");
        var echoes = TestSize.Of(usual: 150, full: 500);
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            await using var connection = await TachyonConnection.ConnectAsync(
                path, new TachyonClientOptions { WaitMode = mode }).ConfigureAwait(false);
            var stream = connection.GetStream();
            var bytes = new byte[100];
            for (var i = 0; i < echoes; i++)
            {
                await stream.WriteAsync(BytePattern.Make(100, i, seed: n)).ConfigureAwait(false);
                await stream.ReadExactlyAsync(bytes).ConfigureAwait(false);
                BytePattern.Check(bytes, i, seed: n);
            }
        }))).Within("the echoes");
    }
}
