using System.Net.Sockets;
using Tachyon.Tool.Tests.Proxy.Support;
using Tachyon.Transport;

namespace Tachyon.Tool.Tests.Proxy.Operation;

/// <summary>--max-connections: those beyond it are refused, and the next is taken when one has ended.</summary>
[Trait("Category", "Long")]
public sealed class ProxyLimitTests
{
    [Theory]
    [InlineData("tcp", "tachyon")]
    [InlineData("unix", "tachyon")]
    [InlineData("tachyon", "tcp")]
    public async Task Clients_beyond_the_limit_are_refused(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside, "--max-connections", "2", "--stats-interval", "0.05");
        (var first, var firstTarget) = await chain.ConnectAsync();
        (var second, var secondTarget) = await chain.ConnectAsync();
        await using (second)
        await using (secondTarget)
        {
            if (outside == "tachyon")
            {
                var refusal = await Assert.ThrowsAsync<TachyonConnectException>(chain.Proxy.ConnectAsync);
                Assert.Equal(TachyonConnectError.ServerRefused, refusal.Error);
            }
            else
            {
                Assert.True(await IsRefusedAsync(chain.Proxy), "A client beyond the limit was taken.");
            }

            await chain.Proxy.SaysAsync("A client was refused: ");
            await chain.Proxy.SaysAsync("So far: 2 open, 2 accepted, 1 refused");
            await first.DisposeAsync();
            await firstTarget.DisposeAsync();
            await chain.Proxy.SaysAsync("So far: 1 open, 2 accepted, 1 refused");

            (var next, var nextTarget) = await chain.ConnectAsync();
            await using (next)
            await using (nextTarget)
            {
                await next.SendAsync([1, 2, 3]);
                Assert.Equal([1, 2, 3], await nextTarget.ReceiveAsync());
            }
        }
    }

    /// <summary>The end comes to the first read, in order or not; or to the connect itself, where the reset was there before it
    /// looked.</summary>
    private static async Task<bool> IsRefusedAsync(ProxyProcess proxy)
    {
        try
        {
            await using var wire = await proxy.ConnectAsync();
            return await wire.Stream.ReadAsync(new byte[1]).Within("the end of a refused connection") == 0;
        }
        catch (Exception exception) when (exception is IOException or SocketException { SocketErrorCode: SocketError.ConnectionReset })
        {
            return true;
        }
    }
}
