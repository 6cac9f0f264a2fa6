using System.Buffers;
using Tachyon.AspNetCore.Internal;

namespace Tachyon.AspNetCore.Tests;

/// <summary>What Kestrel gets for its connections: large blocks, of which there are not many (docs/adr/0005-large-blocks.md).</summary>
public sealed class ConnectionMemoryPoolTests
{
    private const int Large = 64 * 1024;
    private const int Small = 4 * 1024;
    private const int LargeOfConnection = 8;
    private const int LargeOfListener = 256;

    [Fact]
    public void A_connection_has_eight_large_blocks_and_small_ones_beyond()
    {
        using var blocks = new ListenerBlocks();
        using var pool = new ConnectionMemoryPool(blocks);

        var rented = Rent(pool, LargeOfConnection + 3);

        Assert.Equal(
            [.. Enumerable.Repeat(Large, LargeOfConnection), Small, Small, Small], rented.Select(static block => block.Memory.Length));
    }

    [Fact]
    public void The_connections_of_a_listener_have_256_large_blocks_together()
    {
        using var blocks = new ListenerBlocks();
        ConnectionMemoryPool[] pools = [.. Enumerable.Range(0, LargeOfListener).Select(_ => new ConnectionMemoryPool(blocks))];

        var rented = pools.SelectMany(static pool => Rent(pool, 2)).ToList();
        Assert.Equal(LargeOfListener, rented.Count(static block => block.Memory.Length == Large));
        Assert.Equal(LargeOfListener, rented.Count(static block => block.Memory.Length == Small));

        // Each that comes back is another connection's.
        rented[0].Dispose();
        Assert.Equal([Large, Small], Rent(pools[^1], 2).Select(static block => block.Memory.Length));

        rented.ForEach(static block => block.Dispose());
        Assert.Equal(LargeOfConnection, Rent(pools[0], 9).Count(static block => block.Memory.Length == Large));
    }

    [Fact]
    public void Blocks_are_used_again()
    {
        using var blocks = new ListenerBlocks();
        using var pool = new ConnectionMemoryPool(blocks);

        var first = Rent(pool, 1)[0];
        var memory = first.Memory;
        first.Dispose();
        first.Dispose();

        Assert.Equal(memory, Rent(pool, 1)[0].Memory);
        Assert.NotEqual(memory, Rent(pool, 1)[0].Memory);
    }

    [Fact]
    public void What_fits_into_no_small_block_is_an_array()
    {
        using var blocks = new ListenerBlocks();
        using var pool = new ConnectionMemoryPool(blocks);
        Rent(pool, LargeOfConnection);

        using var rented = pool.Rent(Small + 1);

        Assert.InRange(rented.Memory.Length, Small + 1, Large);
        Assert.Throws<ArgumentOutOfRangeException>(() => pool.Rent(Large + 1));
    }

    private static List<IMemoryOwner<byte>> Rent(ConnectionMemoryPool pool, int count)
        => [.. Enumerable.Range(0, count).Select(_ => pool.Rent())];
}
