namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Bits that the protocol on top of the connections defines: the transport finds out which of them both sides have.</summary>
public sealed class ApplicationFeaturesTests
{
    [Theory]
    [InlineData(0u, 0u, 0u)]
    [InlineData(0b110u, 0b011u, 0b010u)]
    [InlineData(0b110u, 0u, 0u)]
    [InlineData(0u, 0b011u, 0u)]
    [InlineData(uint.MaxValue, 0x8000_0001u, 0x8000_0001u)]
    public async Task Connection_has_what_both_sides_have(uint offered, uint allowed, uint expected)
    {
        var path = $"@tachyon-features-{Guid.NewGuid():N}";
        await using var listener = TachyonListener.Listen(path, settings: new TachyonListenerSettings { ApplicationFeatures = allowed });
        await using var client = await TachyonConnection.ConnectAsync(path, null, new TachyonApplicationFeatures(offered)).Within();
        await using var server = await listener.AcceptAsync().AsTask().Within();

        Assert.Equal(expected, client.ApplicationFeatures);
        Assert.Equal(expected, server!.ApplicationFeatures);
    }

    [Fact]
    public async Task Feature_that_is_required_and_not_allowed_is_an_error()
    {
        var path = $"@tachyon-features-{Guid.NewGuid():N}";
        await using var listener = TachyonListener.Listen(path, settings: new TachyonListenerSettings { ApplicationFeatures = 1 });

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(
            () => TachyonConnection.ConnectAsync(path, null, new TachyonApplicationFeatures(Offered: 3, Required: 2))).Within();

        Assert.Equal(TachyonConnectError.VersionMismatch, exception.Error);
    }
}
