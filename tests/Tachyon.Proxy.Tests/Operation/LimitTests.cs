using Tachyon.Proxy.Tests.Support;
using Tachyon.Transport;

namespace Tachyon.Proxy.Tests.Operation;

/// <summary>--max-connections: those beyond it are refused, and the next is taken when one has ended.</summary>
public sealed class LimitTests
{
    [Theory]
    [InlineData("tcp", "tachyon")]
    [InlineData("unix", "tachyon")]
    [InlineData("tachyon", "tcp")]
    public async Task Clients_beyond_the_limit_are_refused(string outside, string inside)
    {
        await using Chain chain = await Chain.StartAsync(outside, inside, "--max-connections", "2", "--stats-interval", "0.05");
        (Wire first, Wire firstTarget) = await chain.ConnectAsync();
        (Wire second, Wire secondTarget) = await chain.ConnectAsync();
        await using (second)
        await using (secondTarget)
        {
            if (outside == "tachyon")
            {
                TachyonConnectException refusal = await Assert.ThrowsAsync<TachyonConnectException>(chain.Proxy.ConnectAsync);
                Assert.Equal(TachyonConnectError.ServerRefused, refusal.Error);
            }
            else
            {
                await using Wire third = await chain.Proxy.ConnectAsync();
                Assert.Equal(0, await EndOf(third));
            }

            await chain.Proxy.SaysAsync("A client was refused: ");
            await chain.Proxy.SaysAsync("So far: 2 open, 2 accepted, 1 refused");
            await first.DisposeAsync();
            await firstTarget.DisposeAsync();
            await chain.Proxy.SaysAsync("So far: 1 open, 2 accepted, 1 refused");

            (Wire next, Wire nextTarget) = await chain.ConnectAsync();
            await using (next)
            await using (nextTarget)
            {
                await next.SendAsync([1, 2, 3]);
                Assert.Equal([1, 2, 3], await nextTarget.ReceiveAsync());
            }
        }
    }

    /// <summary>Zero for the end, in order or not.</summary>
    private static async Task<int> EndOf(Wire wire)
    {
        try
        {
            return await wire.Stream.ReadAsync(new byte[1]).Within("the end of a refused connection");
        }
        catch (IOException)
        {
            return 0;
        }
    }
}
