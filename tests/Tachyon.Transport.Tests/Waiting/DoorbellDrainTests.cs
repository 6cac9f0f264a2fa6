using System.IO.Pipelines;
using Tachyon.TestPeer;
using Tachyon.Transport.Internal.Connection;

namespace Tachyon.Transport.Tests.Waiting;

/// <summary>A doorbell that the peer can make wait is read by the peer thread, and before its buffer is full: a ring that finds no room
/// wakes no thread.</summary>
public sealed class DoorbellDrainTests
{
    [Fact]
    public async Task Doorbell_that_the_reactor_does_not_read_never_fills()
    {
        // A socket has room for 278 rings by default.
        const int Messages = 2_000;
        const int Size = 8;
        await using var pair = Pair.Create(TachyonWaitMode.Park, copy: true);
        var rungBefore = ConnectionRegistry.Sum().WakeUpsSent;
        for (var i = 0; i < Messages; i++)
        {
            var read = pair.Client.Input.ReadAsync().AsTask();
            await Traffic.SendAsync(pair.Server.Output, Size, seed: i).Within();
            var result = await read.Within($"message {i}");
            BytePattern.Check(result.Buffer, 0, i);
            pair.Client.Input.AdvanceTo(result.Buffer.End);
        }

        Assert.InRange(ConnectionRegistry.Sum().WakeUpsSent - rungBefore, Messages / 2, long.MaxValue);
    }
}
