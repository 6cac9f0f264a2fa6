using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>
/// A server gives memory of a connection that has ended to the next one of the same client process, when both sides have ended their use of
/// it, and returns it after a second.
/// </summary>
public sealed class MemoryReuseAtServerTests(HandshakeServer server, HandshakeClient other)
    : IClassFixture<HandshakeServer>, IClassFixture<HandshakeClient>, IAsyncLifetime
{
    private ResourceSnapshot _before = null!;

    public async Task InitializeAsync()
    {
        await using (var warmUp = await ReuseClient.OpenAsync(server.EndPoint))
        {
            await warmUp.EchoAsync(1);
        }

        await server.EndedAsync();
        _before = await server.SettledResourcesAsync();
        server.Accepted.Clear();
    }

    public async Task DisposeAsync()
    {
        await ResourceSnapshot.AssertReturnedAsync(server.Id, _before, "The server");
        server.Refused.Clear();
        server.Accepted.Clear();
        server.Ended.Clear();
    }

    [Fact]
    public Task Next_connection_of_the_process_has_the_same_memory()
        => InTimeAsync(async client =>
        {
            for (byte seed = 0; seed < 20; seed++)
            {
                await client.EchoAsync(seed);
                await EndAndReleaseAsync(client);
                if (!await OpenAgainAsync(client))
                {
                    return false;
                }
            }

            await client.EchoAsync(100);
            return true;
        });

    [Fact]
    public Task Header_of_memory_that_is_kept_is_blank()
        => InTimeAsync(async client =>
        {
            await client.EchoAsync(1);
            Assert.True(client.Header.ContainsAnyExcept((byte)0));

            await EndAndReleaseAsync(client);

            await Watchdog.Until(() => !client.Header.ContainsAnyExcept((byte)0), "the words of the last connection are gone");
            return await OpenAgainAsync(client);
        });

    [Fact]
    public Task Memory_that_the_client_has_not_released_is_not_used_again()
        => InTimeAsync(async client =>
        {
            await client.EndAsync();
            await server.EndedAsync();

            Assert.False(await client.TryOpenAgainAsync(server.EndPoint));

            client.Release();
            return await OpenAgainAndEchoAsync(client);
        });

    [Fact]
    public async Task Memory_that_the_server_still_uses_is_not_used_again()
    {
        await using var client = await ReuseClient.OpenAsync(server.EndPoint);
        await client.EchoAsync(1);

        client.Release();

        Assert.False(await client.TryOpenAgainAsync(server.EndPoint));
        await client.EchoAsync(2);
    }

    [Fact]
    public async Task Number_that_was_never_given_brings_new_memory()
    {
        await using var client = await ReuseClient.OpenAsync(server.EndPoint);
        await EndAndReleaseAsync(client);

        await using (await ReuseClient.OpenAsync(server.EndPoint, ReuseClient.Hello with { ReuseNumber = client.Number + 1_000 }))
        {
        }
    }

    /// <summary>Numbers follow one another, so that this one can be guessed: it is of no use to another process.</summary>
    [Fact]
    public async Task Memory_of_another_process_is_not_used()
    {
        var last = await NextNumberAsync();
        Assert.Equal(ConnectOutcome.Connected, (await other.ConnectAsync(server.EndPoint).Within()).Result);
        Assert.Equal(ConnectOutcome.Connected, (await other.ConnectAsync(server.EndPoint).Within()).Result);
        for (var number = last + 1; number < last + 4; number++)
        {
            await using (await ReuseClient.OpenAsync(server.EndPoint, ReuseClient.Hello with { ReuseNumber = number }))
            {
            }
        }
    }

    [Fact]
    public async Task Client_that_does_not_keep_memory_gets_no_number()
    {
        await using var client = await ReuseClient.OpenAsync(server.EndPoint, RawSocket.Hello);
        Assert.Equal(0ul, client.Number);
        await client.EchoAsync(1);
    }

    [Theory]
    [InlineData(1_048_576, 1_048_576, true)]
    [InlineData(4_194_304, 4_194_304, false)]
    public void Memory_of_more_than_8_MiB_is_not_kept(int capacity0, int capacity1, bool isKept)
        => Assert.Equal(isKept, ReusableMemory.Fits(capacity0, capacity1));

    [Fact]
    public Task Rings_of_another_size_are_new()
        => InTimeAsync(async client =>
        {
            await EndAndReleaseAsync(client);

            Assert.False(await client.TryOpenAgainAsync(server.EndPoint, ReuseClient.Hello with { RingSize0 = 131_072 }));
            return await OpenAgainAsync(client);
        });

    [Fact]
    public Task Memory_of_a_connection_that_was_reset_is_used_again()
        => InTimeAsync(async client =>
        {
            client.Abort();
            await EndAndReleaseAsync(client);

            return await OpenAgainAndEchoAsync(client);
        });

    [Fact]
    public async Task Memory_is_returned_after_a_second()
    {
        await using var client = await ReuseClient.OpenAsync(server.EndPoint);
        await EndAndReleaseAsync(client);

        await ResourceSnapshot.AssertReturnedAsync(server.Id, _before, "The server");

        Assert.False(await client.TryOpenAgainAsync(server.EndPoint));
    }

    [Fact]
    public async Task Memory_of_a_client_that_is_gone_is_returned()
    {
        await using var client = await ReuseClient.OpenAsync(server.EndPoint);
        await EndAndReleaseAsync(client);

        client.Die();

        await Watchdog.Until(() => ResourceSnapshot.Take(server.Id).RingMappings == 0, "the server has returned the memory");
        Assert.False(await client.TryOpenAgainAsync(server.EndPoint));
    }

    [Fact]
    public async Task Server_keeps_the_memory_of_some_connections_only()
    {
        List<ReuseClient> clients = [];
        for (var i = 0; i < ReusableMemory.Most + 3; i++)
        {
            clients.Add(await ReuseClient.OpenAsync(server.EndPoint));
        }

        foreach (var client in clients)
        {
            await EndAndReleaseAsync(client);
        }

        // And of what is prepared for the next client.
        var again = 0;
        const int Mappings = 3 * (ReusableMemory.Most + 1);
        await Watchdog.Until(() => ResourceSnapshot.Take(server.Id).RingMappings <= Mappings, "the server has returned the others");
        foreach (var client in clients)
        {
            again += await client.TryOpenAgainAsync(server.EndPoint) ? 1 : 0;
        }

        Assert.InRange(again, 0, ReusableMemory.Most);
        foreach (var client in clients)
        {
            await client.DisposeAsync();
        }
    }

    /// <summary>The connections of a real client, which comes again at once.</summary>
    [Fact]
    public async Task Client_that_connects_again_and_again_uses_memory_again()
    {
        const int Connections = 200;
        var first = await NextNumberAsync();
        for (var i = 0; i < Connections; i++)
        {
            Assert.Equal(ConnectOutcome.Connected, (await other.ConnectAsync(server.EndPoint).Within()).Result);
        }

        // Those for which the server was not ready have memory of their own: the first ones, and others on a busy machine.
        var made = await NextNumberAsync() - first - 1;
        Assert.InRange(made, 1ul, Connections - 1ul);
    }

    /// <summary>The number of memory that is made now: they follow one another.</summary>
    private async Task<ulong> NextNumberAsync()
    {
        await using var client = await ReuseClient.OpenAsync(server.EndPoint);
        return client.Number;
    }

    /// <summary>
    /// The server keeps memory for a second. A client that comes later, on a machine that is busy for so long, finds none, and begins anew.
    /// </summary>
    private async Task InTimeAsync(Func<ReuseClient, Task<bool>> hasMemoryAgain)
    {
        for (var attempt = 0; attempt < 10; attempt++)
        {
            await using var client = await ReuseClient.OpenAsync(server.EndPoint);
            if (await hasMemoryAgain(client))
            {
                return;
            }

            server.Ended.Clear();
        }

        Assert.Fail("The memory was never used again.");
    }

    private async Task<bool> OpenAgainAndEchoAsync(ReuseClient client)
    {
        if (!await OpenAgainAsync(client))
        {
            return false;
        }

        await client.EchoAsync(1);
        return true;
    }

    private async Task EndAndReleaseAsync(ReuseClient client)
    {
        await client.EndAsync();
        await server.EndedAsync();
        client.Release();
    }

    /// <summary>The server keeps the memory a moment after its connection has ended.</summary>
    private async Task<bool> OpenAgainAsync(ReuseClient client)
    {
        var isOpen = false;
        for (var attempt = 0; attempt < 50 && !isOpen; attempt++)
        {
            isOpen = await client.TryOpenAgainAsync(server.EndPoint);
        }

        return isOpen;
    }
}
