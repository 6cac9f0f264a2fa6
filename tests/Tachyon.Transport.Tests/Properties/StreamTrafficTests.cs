namespace Tachyon.Transport.Tests.Properties;

public sealed class StreamTrafficTests
{
    [Theory]
    [InlineData(TachyonWaitMode.Adaptive, false, 1)]
    [InlineData(TachyonWaitMode.Adaptive, true, 2)]
    [InlineData(TachyonWaitMode.Park, false, 3)]
    [InlineData(TachyonWaitMode.Park, true, 4)]
    [InlineData(TachyonWaitMode.Spin, false, 5)]
    [InlineData(TachyonWaitMode.Spin, true, 6)]
    public async Task Random_traffic_arrives_byte_by_byte(TachyonWaitMode mode, bool inline, int seed)
    {
        const int Total = 5_000_000;
        await using var pair = Pair.Create(mode, inline: inline);
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();

        await Task.WhenAll(
            Task.Run(() => WriteAsync(pair.Client, client, new Random(seed), Total, seed: 1)),
            Task.Run(() => WriteAsync(pair.Server, server, new Random(seed + 100), Total, seed: 2)),
            Task.Run(async () => Assert.Equal(Total, await ReadAsync(client, new Random(seed + 200), seed: 2))),
            Task.Run(async () => Assert.Equal(Total, await ReadAsync(server, new Random(seed + 300), seed: 1)))).Within("the loops");
    }

    [Theory]
    [InlineData(TachyonWaitMode.Adaptive, false)]
    [InlineData(TachyonWaitMode.Adaptive, true)]
    [InlineData(TachyonWaitMode.Park, false)]
    [InlineData(TachyonWaitMode.Spin, false)]
    public async Task Many_connections_play_ping_pong_at_once(TachyonWaitMode mode, bool inline)
    {
        // Each message is one wake-up on each side: many chances to lose one.
        const int Rounds = 1_000;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(n => Task.Run(async () =>
        {
            await using var pair = Pair.Create(mode, inline: inline);
            var pong = PlayAsync(pair.Server.GetStream(), starts: false);
            await PlayAsync(pair.Client.GetStream(), starts: true).ConfigureAwait(false);
            await pong.ConfigureAwait(false);
        }))).Within("the games");

        static async Task PlayAsync(Stream stream, bool starts)
        {
            var bytes = new byte[64];
            for (var i = 0; i < Rounds; i++)
            {
                if (starts || i > 0)
                {
                    BytePattern.Fill(bytes, i, seed: starts ? 1 : 2);
                    await stream.WriteAsync(bytes).ConfigureAwait(false);
                }

                await stream.ReadExactlyAsync(bytes).ConfigureAwait(false);
                BytePattern.Check(bytes, starts ? i + 1 : i, seed: starts ? 2 : 1);
            }

            if (!starts)
            {
                BytePattern.Fill(bytes, Rounds, seed: 2);
                await stream.WriteAsync(bytes).ConfigureAwait(false);
            }
        }
    }

    private static async Task WriteAsync(TachyonConnection connection, Stream stream, Random random, long total, int seed)
    {
        for (long written = 0; written < total;)
        {
            var most = random.Next(4) switch { 0 => 64, 1 => 5_000, 2 => 70_000, _ => 300_000 };
            var count = (int)Math.Min(random.Next(most), total - written);
            await stream.WriteAsync(BytePattern.Make(count, written, seed)).ConfigureAwait(false);
            written += count;
        }

        connection.CompleteOutput();
    }

    private static async Task<long> ReadAsync(Stream stream, Random random, int seed)
    {
        var bytes = new byte[100_000];
        long read = 0;
        while (true)
        {
            var most = random.Next(4) switch { 0 => 0, 1 => 100, 2 => 5_000, _ => bytes.Length };
            var count = await stream.ReadAsync(bytes.AsMemory(0, most)).ConfigureAwait(false);
            BytePattern.Check(bytes.AsSpan(0, count), read, seed);
            read += count;
            if (count == 0 && most > 0)
            {
                return read;
            }
        }
    }
}
