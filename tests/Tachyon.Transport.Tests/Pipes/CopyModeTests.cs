using System.IO.Pipelines;
using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Pipes;

/// <summary>A peer of another user can write the ring at any time, but must not change what was shown and checked already.</summary>
public sealed class CopyModeTests
{
    [Fact]
    public async Task Bytes_shown_do_not_change_when_the_peer_overwrites_the_ring()
    {
        await using var pair = Pair.Create(copy: true);
        await pair.Client.Output.SendPatternAsync(50_000);
        var read = await pair.Server.Input.ReadAsync().Within();
        Assert.Equal(50_000, read.Buffer.Length);

        pair.Bytes(0).Fill(0xEE);

        BytePattern.Check(read.Buffer, 0, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.GetPosition(100), read.Buffer.GetPosition(200));
        read = await pair.Server.Input.ReadAsync().Within();
        BytePattern.Check(read.Buffer, 100, 0);
        pair.Server.Input.AdvanceTo(read.Buffer.End);
    }

    [Fact]
    public async Task No_ring_memory_is_shown()
    {
        await using var pair = Pair.Create(copy: true);
        await pair.Client.Output.SendPatternAsync(50_000);
        var read = await pair.Server.Input.ReadAsync().Within();

        foreach (var part in read.Buffer)
        {
            Assert.False(MemoryMarshal.TryGetMemoryManager<byte, RingMemory>(part, out _));
        }
    }

    [Fact]
    public async Task Spilled_bytes_do_not_change_either()
    {
        // In the zero-copy mode too: what was examined has left the ring.
        await using var pair = Pair.Create();
        await pair.Client.Output.SendPatternAsync(50_000);
        var read = await pair.Server.Input.ReadAsync().Within();
        pair.Server.Input.AdvanceTo(read.Buffer.Start, read.Buffer.End);

        pair.Bytes(0).Fill(0xEE);
        pair.Server.Input.CancelPendingRead();

        read = await pair.Server.Input.ReadAsync().Within();
        Assert.Equal(50_000, read.Buffer.Length);
        BytePattern.Check(read.Buffer, 0, 0);
    }

    [Fact]
    public async Task Another_user_is_served_by_copies_and_the_same_user_by_the_ring()
    {
        foreach (var copy in (bool[])[false, true])
        {
            await using var pair = Pair.Create(copy: copy);
            await pair.Client.Output.SendPatternAsync(10);
            var read = await pair.Server.Input.ReadAsync().Within();

            Assert.Equal(!copy, MemoryMarshal.TryGetMemoryManager<byte, RingMemory>(read.Buffer.First, out _));
        }
    }
}
