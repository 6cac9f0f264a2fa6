using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Who may connect. The other user is a child process under another uid, so these tests need root.</summary>
public sealed class UserTests
{
    private const uint Nobody = 65_534;
    private const UnixFileMode Everybody = (UnixFileMode)0x1B6; // 0666

    [Fact]
    public async Task Both_sides_know_who_the_other_is()
    {
        await using var server = new TestServer();
        await using TachyonConnection client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using TachyonConnection accepted = await server.AcceptAsync();

        Assert.Equal(Environment.ProcessId, accepted.Peer.ProcessId);
        Assert.Equal(Libc.GetEffectiveUserId(), accepted.Peer.UserId);
        Assert.Equal(accepted.Peer, client.Peer);
    }

    [NeedsFact(Needs.Root, "setpriv")]
    public async Task File_mode_keeps_another_user_out()
    {
        await using TestServer server = Open(new TachyonServerOptions());
        await using Peer peer = Peer.StartClient(server.Path, user: Nobody);

        string? line = await peer.ReadLineAsync();
        Assert.StartsWith("error PermissionDenied", line, StringComparison.Ordinal);
        Assert.Contains("SocketMode", line, StringComparison.Ordinal);
    }

    [NeedsFact(Needs.Root, "setpriv")]
    public async Task Open_file_alone_does_not_let_another_user_in()
    {
        await using TestServer server = Open(new TachyonServerOptions { SocketMode = Everybody });
        await using Peer peer = Peer.StartClient(server.Path, user: Nobody);

        Assert.StartsWith("error UserNotAllowed", await peer.ReadLineAsync(), StringComparison.Ordinal);
        TachyonHandshakeFailure failure = await server.FailureAsync();
        Assert.Equal(HandshakeFailureReason.UserNotAllowed, failure.Reason);
        Assert.Equal(Nobody, failure.Peer?.UserId);
        Assert.Contains("65534", failure.Message, StringComparison.Ordinal);
    }

    [NeedsFact(Needs.Root, "setpriv")]
    public async Task Allowed_user_gets_in()
    {
        var options = new TachyonServerOptions { SocketMode = Everybody };
        options.AllowedUserIds.Add(Nobody);
        await AssertGetsInAsync(options);
    }

    [NeedsFact(Needs.Root, "setpriv")]
    public async Task Member_of_an_allowed_group_gets_in()
    {
        var options = new TachyonServerOptions { SocketMode = Everybody };
        options.AllowedGroupIds.Add(Nobody);
        await AssertGetsInAsync(options);
    }

    [NeedsFact(Needs.Root, "setpriv")]
    public async Task Group_of_the_file_is_that_of_the_options()
    {
        var options = new TachyonServerOptions { SocketMode = (UnixFileMode)0x1B0, SocketGroupId = Nobody }; // 0660
        options.AllowedGroupIds.Add(Nobody);
        await AssertGetsInAsync(options);
    }

    private static async Task AssertGetsInAsync(TachyonServerOptions options)
    {
        await using TestServer server = Open(options);
        await using Peer peer = Peer.StartClient(server.Path, argument: "source", user: Nobody);
        Assert.Equal($"connected to {Environment.ProcessId}", await peer.ReadLineAsync());
        await using TachyonConnection connection = await server.AcceptAsync();

        Assert.Equal(Nobody, connection.Peer.UserId);
        Assert.Equal(Nobody, connection.Peer.GroupId);
        await connection.Input.ReceivePatternAsync(1_000_000, seed: 1);
    }

    private static TestServer Open(TachyonServerOptions options)
    {
        var server = new TestServer(options);

        // The way to the socket is open, so that only its own mode and the check of the user decide.
        server.Directory.OpenToEverybody();
        return server;
    }
}
