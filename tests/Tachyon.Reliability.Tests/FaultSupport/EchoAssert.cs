using Tachyon.TestPeer;
using Tachyon.Transport;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>Verified traffic with an echo server of Tachyon.TestPeer.</summary>
internal static class EchoAssert
{
    internal static async Task EchoesAsync(TachyonConnection connection, int bytes = 100_000)
    {
        var sending = Traffic.SendAsync(connection.Output, bytes, seed: 3);
        Assert.Equal(bytes, await Traffic.ReceiveAsync(connection.Input, seed: 3, limit: bytes).Within("an echo"));
        await sending.Within("the sending of what came back");
    }

    /// <summary>A new connection works from its handshake to its end.</summary>
    internal static async Task ServesAsync(string path)
    {
        await using var connection = await TachyonConnection.ConnectAsync(path).Within();
        await EchoesAsync(connection);
    }
}
