using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Streams;

/// <summary>Many connections at once, none of which leaves anything behind.</summary>
[Trait("Category", "Long")]
public sealed class ProxyManyConnectionsTests
{
    private const int Connections = 200;

    [Theory]
    [InlineData("tcp", "tachyon")]
    [InlineData("tachyon", "tcp")]
    public async Task Two_hundred_connections_carry_their_own_bytes_and_leave_no_descriptor(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside, "--stats-interval", "0.05");
        await EchoAsync(chain, 1, 1000);
        await chain.Proxy.SaysAsync("So far: 0 open, 1 accepted");
        var before = chain.Proxy.Descriptors;

        await EchoAsync(chain, Connections, 50_000);
        await Watchdog.Until(() => chain.Proxy.Descriptors <= before, $"the return of the proxy to {before} descriptors");
    }

    /// <summary>All are open before the first one ends.</summary>
    private static async Task EchoAsync(Chain chain, int count, int size)
    {
        Task[] echoes = [.. Enumerable.Range(0, count).Select(_ => EchoOneAsync(chain.Server.AcceptAsync()))];
        var clients = await Task.WhenAll(Enumerable.Range(0, count).Select(_ => chain.Proxy.ConnectAsync())).Within();
        foreach (var client in clients)
        {
            await client.Stream.WriteAsync(new byte[] { 1 }).Within();
            Assert.Equal(1, await client.Stream.ReadAsync(new byte[1]).Within("an echo while all are open"));
        }

        await Task.WhenAll(clients.Select(async (client, index) =>
        {
            var bytes = BytePattern.Make(size, seed: index);
            var sending = client.SendAsync(bytes);
            Assert.Equal(bytes, await client.ReceiveAsync());
            await sending;
            await client.DisposeAsync();
        })).Within("all echoes");
        await Task.WhenAll(echoes).Within("the end of all targets");
    }

    private static async Task EchoOneAsync(Task<Wire> accepting)
    {
        await using var target = await accepting;
        await target.Stream.CopyToAsync(target.Stream);
        target.Finish();
    }
}
