using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Limits of a listener: a client beyond a limit gets an error, no other client is held up, and what ended makes room.</summary>
public sealed class ConnectionLimitTests
{
    [Fact]
    public async Task Connections_beyond_the_maximum_are_refused_with_the_cause()
    {
        await using var server = new TestListener(new TachyonServerOptions { MaxConnections = 2 });
        await using var first = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var firstAccepted = await server.AcceptAsync();
        await using var second = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var secondAccepted = await server.AcceptAsync();

        for (var i = 0; i < 20; i++)
        {
            var exception =
                await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(server.Path)).Within();
            Assert.Equal(TachyonConnectError.ServerRefused, exception.Error);
            Assert.Contains("limit", exception.Message, StringComparison.Ordinal);
            var failure = await server.FailureAsync();
            Assert.Equal(TachyonHandshakeFailureReason.LimitReached, failure.Reason);
            Assert.Contains(nameof(TachyonServerOptions.MaxConnections), failure.Message, StringComparison.Ordinal);
        }

        // Those that are in are not touched by those that are not.
        await first.Output.SendPatternAsync(1_000);
        await firstAccepted.Input.ReceivePatternAsync(1_000);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Connection_that_ended_makes_room(bool aborted)
    {
        await using var server = new TestListener(new TachyonServerOptions { MaxConnections = 1 });
        for (var i = 0; i < 50; i++)
        {
            var client = await ConnectWhenFreeAsync(server.Path).Within("a place");
            var accepted = await server.AcceptAsync();
            if (aborted)
            {
                client.Abort();
                accepted.Abort();
            }

            await client.DisposeAsync().Within();
            await accepted.DisposeAsync().Within();
        }
    }

    [Fact]
    public async Task Memory_that_a_client_still_shows_is_not_returned()
    {
        await using var server = new TestListener(new TachyonServerOptions { MaxConnections = 1 });
        var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        var accepted = await server.AcceptAsync();
        await accepted.Output.WriteAsync("shown"u8.ToArray()).AsTask().Within();
        var input = client.Input;
        var read = await input.ReadAsync().Within();
        await client.DisposeAsync().Within();
        await accepted.DisposeAsync().Within();

        var refused =
            await Assert.ThrowsAsync<TachyonConnectException>(() => TachyonConnection.ConnectAsync(server.Path)).Within();
        Assert.Equal(TachyonConnectError.ServerRefused, refused.Error);
        Assert.Equal("shown"u8.ToArray(), read.Buffer.ToArray());

        input.AdvanceTo(read.Buffer.End);
        await using var next = await ConnectWhenFreeAsync(server.Path).Within("a place");
    }

    /// <summary>The place of a connection is free a moment after both sides have closed it: its memory is returned first.</summary>
    private static async Task<TachyonConnection> ConnectWhenFreeAsync(string path)
    {
        while (true)
        {
            try
            {
                return await TachyonConnection.ConnectAsync(path);
            }
            catch (TachyonConnectException exception) when (exception.Error == TachyonConnectError.ServerRefused)
            {
                await Task.Delay(1);
            }
        }
    }

    [Fact]
    public async Task Failed_handshake_leaves_its_room_to_others()
    {
        await using var server = new TestListener(new TachyonServerOptions { MaxConnections = 1 });
        for (var i = 0; i < 10; i++)
        {
            TachyonHandshakeFailureReason reason;
            do
            {
                using var client = await RawSocket.ConnectAsync(server.EndPoint);
                await client.SendAsync(RawSocket.Hello);
                await client.ReceiveAsync(Internal.Handshake.MessageKind.Reply);
                client.Dispose();
                reason = (await server.FailureAsync()).Reason;
            }
            while (reason == TachyonHandshakeFailureReason.LimitReached);

            // As of a connection, the place is free a moment after the client has closed its ends.
            Assert.Equal(TachyonHandshakeFailureReason.ClientGone, reason);
        }

        await using var next = await ConnectWhenFreeAsync(server.Path).Within("a place");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Silent_clients_in_all_places_give_way(bool afterHello)
    {
        // The timeout of a handshake is far beyond the watchdog: only giving way lets the honest client in.
        await using var server = new TestListener(new TachyonServerOptions
        {
            MaxPendingHandshakes = 4,
            HandshakeTimeout = TimeSpan.FromMinutes(10),
        });
        var silent = new List<RawSocket>();
        for (var i = 0; i < 20; i++)
        {
            var client = await RawSocket.ConnectAsync(server.EndPoint);
            silent.Add(client);
            if (afterHello)
            {
                await client.SendAsync(RawSocket.Hello);
            }
        }

        await server.AssertServesAsync();

        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.LimitReached, failure.Reason);
        Assert.Contains(nameof(TachyonServerOptions.MaxPendingHandshakes), failure.Message, StringComparison.Ordinal);
        if (!afterHello)
        {
            Assert.Equal(
                Internal.Handshake.HandshakeStatus.LimitReached,
                (await silent[0].ReceiveAsync(Internal.Handshake.MessageKind.Reply)).Status);
        }

        silent.ForEach(static client => client.Dispose());
    }

    [Fact]
    public async Task Silent_clients_keep_their_places_while_others_are_free()
    {
        await using var server = new TestListener(new TachyonServerOptions { MaxPendingHandshakes = 4 });
        using var silent = await RawSocket.ConnectAsync(server.EndPoint);

        // More than the silence after which it would give way if all places were taken; the timeout is 5 s.
        await Task.Delay(600);
        await server.AssertServesAsync();
        await silent.SendAsync(RawSocket.Hello);

        Assert.Equal(
            Internal.Handshake.HandshakeStatus.Ok, (await silent.ReceiveAsync(Internal.Handshake.MessageKind.Reply)).Status);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Another_user_has_a_quota_that_the_servers_own_user_does_not_feel()
    {
        var options = new TachyonServerOptions { SocketMode = (UnixFileMode)0x1B6, MaxConnectionsPerUser = 2 }; // 0666
        options.AllowedUserIds.Add(TestUsers.Overflow);
        await using var server = new TestListener(options);
        server.Directory.OpenToAll();
        await using var first = Peer.StartClient(server.Path, argument: "hold", user: TestUsers.Overflow);
        await using var second = Peer.StartClient(server.Path, argument: "hold", user: TestUsers.Overflow);
        Assert.StartsWith("connected", await first.ReadLineAsync(), StringComparison.Ordinal);
        Assert.StartsWith("connected", await second.ReadLineAsync(), StringComparison.Ordinal);

        await using (var third = Peer.StartClient(server.Path, argument: "hold", user: TestUsers.Overflow))
        {
            Assert.StartsWith("error ServerRefused", await third.ReadLineAsync(), StringComparison.Ordinal);
        }

        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.LimitReached, failure.Reason);
        Assert.Contains($"User {TestUsers.Overflow} has 2 connections", failure.Message, StringComparison.Ordinal);
        await using var ofOther = await server.AcceptAsync();
        await using var alsoOfOther = await server.AcceptAsync();
        var own = new List<TachyonConnection>();
        for (var i = 0; i < 5; i++)
        {
            own.Add(await TachyonConnection.ConnectAsync(server.Path).Within());
            own.Add(await server.AcceptAsync());
        }

        foreach (var connection in own)
        {
            await connection.DisposeAsync().Within();
        }
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Another_user_gets_a_quarter_of_the_handshakes()
    {
        var options = new TachyonServerOptions
        {
            SocketMode = (UnixFileMode)0x1B6, // 0666
            MaxPendingHandshakes = 8,
            HandshakeTimeout = TimeSpan.FromMinutes(10),
        };
        options.AllowedUserIds.Add(TestUsers.Overflow);
        await using var server = new TestListener(options);
        server.Directory.OpenToAll();

        await using var silent = Peer.StartSilent(server.Path, count: 10, user: TestUsers.Overflow);
        Assert.Equal("ready", await silent.ReadLineAsync());
        for (var i = 0; i < 8; i++)
        {
            var failure = await server.FailureAsync();
            Assert.Equal(TachyonHandshakeFailureReason.LimitReached, failure.Reason);
            Assert.Contains("2 handshakes under way", failure.Message, StringComparison.Ordinal);
        }

        await server.AssertServesAsync();
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Silent_client_of_a_user_that_is_not_allowed_is_refused_at_once()
    {
        // The timeout of a handshake is far beyond the watchdog: only the refusal can end it.
        await using var server = new TestListener(new TachyonServerOptions
        {
            SocketMode = (UnixFileMode)0x1B6, // 0666
            HandshakeTimeout = TimeSpan.FromMinutes(10),
        });
        server.Directory.OpenToAll();
        await using var silent = Peer.StartSilent(server.Path, count: 1, user: TestUsers.Overflow);
        Assert.Equal("ready", await silent.ReadLineAsync());

        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.UserNotAllowed, failure.Reason);
        Assert.Equal(TestUsers.Overflow, failure.Peer?.UserId);
    }

    [Fact]
    public async Task Rings_are_never_larger_than_the_server_allows()
    {
        await using var server = new TestListener(new TachyonServerOptions { SendRingSize = 65_536, ReceiveRingSize = 131_072 });
        await using var client = await TachyonConnection.ConnectAsync(
            server.Path, new TachyonClientOptions { SendRingSize = 256 << 20, ReceiveRingSize = 256 << 20 }).Within();

        Assert.Equal(131_072, client.SendRingSize);
        Assert.Equal(65_536, client.ReceiveRingSize);
    }
}
