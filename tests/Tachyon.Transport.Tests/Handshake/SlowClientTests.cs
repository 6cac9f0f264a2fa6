namespace Tachyon.Transport.Tests.Handshake;

public sealed class SlowClientTests
{
    [Fact]
    public async Task Silent_clients_time_out_and_do_not_delay_others()
    {
        await using var server = new TestListener(new TachyonServerOptions { HandshakeTimeout = TimeSpan.FromSeconds(1) });
        var silent = new List<RawSocket>();
        for (var i = 0; i < 5; i++)
        {
            silent.Add(await RawSocket.ConnectAsync(server.EndPoint));
        }

        // All 50 while the five are silent: none of them waits for the timeout of another.
        var clients = await Task.WhenAll(
            Enumerable.Range(0, 50).Select(_ => Task.Run(() => TachyonConnection.ConnectAsync(server.Path)))).Within();
        for (var i = 0; i < 50; i++)
        {
            await using var accepted = await server.AcceptAsync();
            Assert.Equal(Environment.ProcessId, accepted.Peer.ProcessId);
        }

        for (var i = 0; i < 5; i++)
        {
            var failure = await server.FailureAsync();
            Assert.Equal(TachyonHandshakeFailureReason.Timeout, failure.Reason);
            Assert.Contains("1 s", failure.Message, StringComparison.Ordinal);
        }

        foreach (var socket in silent)
        {
            await socket.AssertClosedAsync();
            socket.Dispose();
        }

        foreach (var client in clients)
        {
            await client.DisposeAsync().Within();
        }
    }

    [Fact]
    public async Task Client_that_stops_in_the_middle_times_out()
    {
        await using var server = new TestListener(new TachyonServerOptions { HandshakeTimeout = TimeSpan.FromMilliseconds(200) });
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello);
        await client.ReceiveAsync(Internal.Handshake.MessageKind.Reply);

        Assert.Equal(TachyonHandshakeFailureReason.Timeout, (await server.FailureAsync()).Reason);
        await client.AssertClosedAsync();
    }

    [Fact]
    public async Task Stopping_gives_up_handshakes_under_way()
    {
        await using var server = new TestListener();
        using var silent = await RawSocket.ConnectAsync(server.EndPoint);
        await server.AssertServesAsync();

        await server.Listener.StopAsync().Within();

        Assert.Null(await server.Listener.AcceptAsync().Within());
        await silent.AssertClosedAsync();
        Assert.Equal(TachyonHandshakeFailureReason.Stopping, (await server.FailureAsync()).Reason);
    }
}
