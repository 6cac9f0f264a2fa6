namespace Tachyon.Transport.Tests.Ring;

/// <summary>The peer shares the eventfd that we ring: its counter and its flags are in the peer's hands too.</summary>
public sealed class HostileDoorbellTests
{
    [Theory]
    [InlineData(TachyonWaitMode.Park)]
    [InlineData(TachyonWaitMode.Adaptive)]
    [InlineData(TachyonWaitMode.Spin)]
    public async Task Blocking_doorbell_does_not_delay_other_connections(TachyonWaitMode mode)
    {
        await using var pair = Pair.Create(mode);
        pair.LetClientDoorbellBlock();

        // It sleeps as far as the server can see, so every publishing rings, and so does the end.
        await Task.Run(async () =>
        {
            for (var i = 0; i < 100; i++)
            {
                pair.Control(1).DataWanted = 1;
                await pair.Server.Output.SendPatternAsync(10, 10 * i);
            }

            pair.Server.Abort();
            await pair.Server.DisposeAsync();
        }).Within("the rings of a doorbell whose counter is full");
    }

    [Fact]
    public async Task Doorbell_that_is_full_still_wakes()
    {
        await using var pair = Pair.Create();
        pair.LetClientDoorbellBlock();
        for (var i = 0; i < 100; i++)
        {
            var receiving = pair.Client.Input.ReceivePatternAsync(10, 10 * i);
            Assert.False(receiving.IsCompleted);
            await pair.Server.Output.SendPatternAsync(10, 10 * i);
            await receiving;
        }
    }
}
