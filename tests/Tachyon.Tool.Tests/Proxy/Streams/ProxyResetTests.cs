using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Streams;

/// <summary>A reset of one side is a reset of the other, where its transport has one; over a Unix socket it is at least the end.</summary>
[Trait("Category", "Long")]
public sealed class ProxyResetTests
{
    [Theory]
    [InlineData("tcp", "tachyon")]
    [InlineData("tachyon", "tcp")]
    [InlineData("tachyon", "tachyon")]
    public async Task Reset_of_either_side_reaches_the_other(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside);
        foreach (var byClient in new[] { true, false })
        {
            (var client, var target) = await chain.ConnectAsync();
            await using (client)
            await using (target)
            {
                await SettleAsync(client, target);
                (byClient ? client : target).Reset();
                await Assert.ThrowsAnyAsync<IOException>(async () => await (byClient ? target : client).ReceiveAsync());
            }
        }
    }

    [Fact]
    public async Task Unix_socket_ends_when_the_tachyon_side_is_reset()
    {
        await using var chain = await Chain.StartAsync("unix", "tachyon");
        (var client, var target) = await chain.ConnectAsync();
        await using (client)
        await using (target)
        {
            await SettleAsync(client, target);
            target.Reset();
            Assert.Empty(await client.ReceiveAsync());
        }
    }

    /// <summary>What a server does that dies: the kernel closes its descriptors, without a reset or an end.</summary>
    [Theory]
    [InlineData("tcp", "tachyon")]
    [InlineData("tachyon", "tcp")]
    public async Task Writer_to_a_side_that_closed_is_stopped(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside);
        (var client, var target) = await chain.ConnectAsync();
        await using (client)
        {
            await SettleAsync(client, target);
            await target.DisposeAsync();
            Assert.Empty(await client.ReceiveAsync());
            var bytes = new byte[64 * 1024];
            await Assert.ThrowsAnyAsync<IOException>(async () =>
            {
                while (true)
                {
                    await client.Stream.WriteAsync(bytes).Within("a write to a connection whose other end is closed");
                }
            });
        }
    }

    /// <summary>Both ends are in use: there is something to reset.</summary>
    private static async Task SettleAsync(Wire client, Wire target)
    {
        await client.Stream.WriteAsync("ping"u8.ToArray()).Within();
        await target.Stream.ReadExactlyAsync(new byte[4]).Within();
        await target.Stream.WriteAsync("pong"u8.ToArray()).Within();
        await client.Stream.ReadExactlyAsync(new byte[4]).Within();
    }
}
