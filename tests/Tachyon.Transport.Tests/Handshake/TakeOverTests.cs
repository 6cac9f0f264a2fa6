using System.Net.Sockets;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>
/// A server takes the path over from one that runs: no client finds the path without a server, and the old one ends in order.
/// </summary>
public sealed class TakeOverTests : IDisposable
{
    private static readonly TachyonServerOptions s_takeOver = new() { TakeOver = true };

    private readonly TempDirectory _directory = new();

    public void Dispose() => _directory.Dispose();

    [Fact]
    public async Task New_clients_reach_the_successor_and_old_connections_go_on()
    {
        var path = _directory.NewSocketPath();
        await using var old = new TestListener(path: path);
        await using var oldClient = await TachyonConnection.ConnectAsync(path).Within();
        await using var oldServer = await old.AcceptAsync();

        await using var successor = new TestListener(s_takeOver, path);
        Assert.Equal(Environment.ProcessId, successor.Listener.PredecessorProcessId);
        await successor.AssertServesAsync();

        await old.Listener.StopAsync();
        await oldClient.Output.SendPatternAsync(100);
        await oldServer.Input.ReceivePatternAsync(100);
        await successor.AssertServesAsync();
        Assert.Equal([path], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task Successor_removes_its_own_file_and_gives_it_the_mode_of_its_options()
    {
        var path = _directory.NewSocketPath();
        await using var old = new TestListener(path: path);
        var options = new TachyonServerOptions { TakeOver = true, SocketMode = (UnixFileMode)0b110_110_000 };
        await using (var successor = new TestListener(options, path))
        {
            Assert.Equal(options.SocketMode, File.GetUnixFileMode(path));
        }

        Assert.Empty(Directory.GetFiles(_directory.Path));
        await old.Listener.StopAsync();
    }

    [Fact]
    public async Task Handshake_under_way_at_the_old_server_is_finished_while_that_stops()
    {
        var path = _directory.NewSocketPath();
        await using var old = new TestListener(path: path);
        using var client = await RawSocket.ConnectAsync(old.EndPoint);
        await using var successor = new TestListener(s_takeOver, path);

        var stop = old.Listener.StopAsync().AsTask();
        await client.SendAsync(RawSocket.Hello);
        Assert.Equal(HandshakeStatus.Ok, (await client.ReceiveAsync(MessageKind.Reply)).Status);
        await client.SendAsync(RawSocket.Ready);

        await using var connection = await old.AcceptAsync();
        await stop.Within("the end of the old listener");
    }

    [Fact]
    public async Task Silent_client_does_not_hold_up_the_end_of_the_old_server()
    {
        var path = _directory.NewSocketPath();
        await using var old = new TestListener(path: path);
        using var silent = await RawSocket.ConnectAsync(old.EndPoint);
        await using var successor = new TestListener(s_takeOver, path);

        await old.Listener.StopAsync().AsTask().Within("the end of a listener with a silent client");

        // The first is the successor, which has asked whether a server listens.
        Assert.Equal(TachyonHandshakeFailureReason.ClientGone, (await old.FailureAsync()).Reason);
        Assert.Equal(TachyonHandshakeFailureReason.Stopping, (await old.FailureAsync()).Reason);
    }

    [Fact]
    public async Task Without_the_option_a_running_server_keeps_its_path()
    {
        var path = _directory.NewSocketPath();
        await using var old = new TestListener(path: path);

        var exception = Assert.Throws<SocketException>(() => TachyonListener.Listen(path));

        Assert.Equal(SocketError.AddressAlreadyInUse, exception.SocketErrorCode);
        Assert.Contains("TakeOver", exception.Message, StringComparison.Ordinal);
        await old.AssertServesAsync();
    }

    [Fact]
    public async Task Without_a_running_server_the_option_changes_nothing()
    {
        var path = _directory.NewSocketPath();
        await using var first = new TestListener(s_takeOver, path);
        Assert.Null(first.Listener.PredecessorProcessId);
        await first.AssertServesAsync();
        await first.Listener.StopAsync();
        Assert.False(File.Exists(path));

        await File.WriteAllTextAsync(path, "not a socket");
        Assert.Throws<SocketException>(() => TachyonListener.Listen(path, s_takeOver));
        Assert.Equal("not a socket", await File.ReadAllTextAsync(path));
    }

    [Fact]
    public async Task Longest_path_can_be_taken_over_too()
    {
        var name = new string('n', TachyonEndPoint.MaxPathBytes - 2 - _directory.Path.Length);
        var path = _directory.FilePath(name);
        await using var old = new TestListener(path: path);
        await using var successor = new TestListener(s_takeOver, path);

        await successor.AssertServesAsync();
        Assert.Equal([path], Directory.GetFiles(_directory.Path));
    }

    [Fact]
    public async Task File_of_a_successor_that_was_killed_is_replaced()
    {
        var path = _directory.NewSocketPath();
        await using var old = new TestListener(path: path);
        SocketFiles.LeaveAt($"{path}.{Environment.ProcessId}");
        await using var successor = new TestListener(s_takeOver, path);

        await successor.AssertServesAsync();
        Assert.Equal([path], Directory.GetFiles(_directory.Path));
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Server_of_another_user_is_not_taken_over()
    {
        var path = _directory.NewSocketPath();
        File.SetUnixFileMode(_directory.Path, (UnixFileMode)0b111_111_111);
        await using var server = Peer.StartServer(path, TestUsers.Overflow);
        Assert.Equal("ready", await server.ReadLineAsync());

        Assert.Throws<SocketException>(() => TachyonListener.Listen(path, s_takeOver));
    }
}
