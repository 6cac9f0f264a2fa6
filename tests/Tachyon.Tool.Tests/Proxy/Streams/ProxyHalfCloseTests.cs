using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Streams;

/// <summary>Bytes arrive as they were sent, and each direction ends by itself.</summary>
[Trait("Category", "Long")]
public sealed class ProxyHalfCloseTests
{
    private const int Size = 3_000_001;

    [Theory]
    [MemberData(nameof(Chain.Pairs), MemberType = typeof(Chain))]
    public async Task Target_answers_after_the_end_of_the_client(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside);
        (var client, var target) = await chain.ConnectAsync();
        await using (client)
        await using (target)
        {
            var question = BytePattern.Make(Size, seed: 1);
            var answer = BytePattern.Make(Size + 1, seed: 2);
            var sending = client.SendAsync(question);
            Assert.Equal(question, await target.ReceiveAsync());
            await sending;
            sending = target.SendAsync(answer);
            Assert.Equal(answer, await client.ReceiveAsync());
            await sending;
        }

        Assert.Equal(0, await chain.Proxy.StopAsync());
        await chain.Proxy.SaysAsync($"0 open, 1 accepted, 0 refused, 0 failed connects, {Size} bytes to the target, {Size + 1} bytes to the clients.");
    }

    [Theory]
    [MemberData(nameof(Chain.Pairs), MemberType = typeof(Chain))]
    public async Task Client_goes_on_after_the_end_of_the_target(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside);
        (var client, var target) = await chain.ConnectAsync();
        await using (client)
        await using (target)
        {
            target.Finish();
            Assert.Empty(await client.ReceiveAsync());
            var bytes = BytePattern.Make(Size, seed: 3);
            var sending = client.SendAsync(bytes);
            Assert.Equal(bytes, await target.ReceiveAsync());
            await sending;
        }
    }
}
