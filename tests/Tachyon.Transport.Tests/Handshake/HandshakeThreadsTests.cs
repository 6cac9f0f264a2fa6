using System.Collections.Concurrent;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Handshakes need neither the thread pool of the application nor a thread that another client blocks.</summary>
public sealed class HandshakeThreadsTests : IDisposable
{
    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task Connect_succeeds_while_the_pool_of_the_server_is_blocked()
    {
        var path = _directory.NewSocketPath();
        await using var peer = await Peer.StartAsync("starve", path, TachyonWaitMode.Adaptive);
        peer.Send("block");
        Assert.Equal("blocked", await peer.ReadLineAsync());

        // One after the other, and as many as the listener has usual threads and more.
        List<TachyonConnection> connections = [];
        for (var i = 0; i < 100; i++)
        {
            connections.Add(await TachyonConnection.ConnectAsync(path).Within("a connect to a server with a blocked pool"));
        }

        await connections[0].Output.SendPatternAsync(100);
        var echo = connections[0].Input.ReceivePatternAsync(100);
        Assert.False(echo.IsCompleted);

        peer.Send("free one");
        await echo.Within("the echo after a thread of the pool was freed");
        peer.Send("free others");
        foreach (var connection in connections)
        {
            await connection.DisposeAsync().Within();
        }
    }

    [Fact]
    public async Task Connect_outlasts_the_blocked_pool_of_the_client()
    {
        var path = _directory.NewSocketPath();
        await using var server = await Peer.StartAsync("serve", path, TachyonWaitMode.Adaptive, "echo");
        await using var client = await Peer.StartAsync("connect-starved", path, TachyonWaitMode.Adaptive);
        client.Send("block");
        Assert.Equal("blocked", await client.ReadLineAsync());

        // A server that answers at once needs no pool at its client.
        server.Signal(Signals.Stop);
        client.Send("connect");
        Assert.Equal("waiting", await client.ReadLineAsync());
        server.Signal(Signals.Continue);

        client.Send("free one");
        client.Send("outcome");
        Assert.Equal("connected", await client.ReadLineAsync());
    }

    [Fact]
    public async Task Blocked_handshakes_hold_up_no_other_client()
    {
        // A callback that blocks stands for any call of a handshake that does: a getsockopt, a directory service.
        const int Blocked = 12;
        using var gate = new ManualResetEventSlim();
        var entered = new ConcurrentBag<TachyonHandshakeFailure>();
        using var all = new CountdownEvent(Blocked);
        var endPoint = new TachyonEndPoint(_directory.NewSocketPath());
        var settings = new TachyonListenerSettings
        {
            HandshakeFailed = failure =>
            {
                entered.Add(failure);
                all.Signal();
                gate.Wait();
            },
        };
        await using var listener = TachyonListener.Listen(endPoint, options: null, settings);

        try
        {
            for (var i = 0; i < Blocked; i++)
            {
                using var client = await RawSocket.ConnectAsync(endPoint);
            }

            await Task.Run(all.Wait).Within("all failures to be reported side by side");
            await using var honest = await TachyonConnection.ConnectAsync(endPoint.Path).Within("a connect beside blocked handshakes");
            Assert.Equal(Blocked, entered.Count);
            Assert.All(entered, static failure => Assert.Equal(TachyonHandshakeFailureReason.ClientGone, failure.Reason));
        }
        finally
        {
            gate.Set();
        }
    }
}
