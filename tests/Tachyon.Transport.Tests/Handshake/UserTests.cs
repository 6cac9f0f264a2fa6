using System.Globalization;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Who may connect. The other user is a child process under another uid, so these tests need root.</summary>
public sealed class UserTests
{
    private const uint OtherGroup = 4_000_001;

    [Fact]
    public async Task Both_sides_know_who_the_other_is()
    {
        await using var server = new TestListener();
        await using var client = await TachyonConnection.ConnectAsync(server.Path).Within();
        await using var accepted = await server.AcceptAsync();

        Assert.Equal(Environment.ProcessId, accepted.Peer.ProcessId);
        Assert.Equal(Libc.GetEffectiveUserId(), accepted.Peer.UserId);
        Assert.Equal(accepted.Peer, client.Peer);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task File_mode_keeps_another_user_out()
    {
        await using var server = Open(new TachyonServerOptions());
        await using var peer = Peer.StartClient(server.Path, user: TestUsers.Overflow);

        var line = await peer.ReadLineAsync();
        Assert.StartsWith("error PermissionDenied", line, StringComparison.Ordinal);
        Assert.Contains("SocketMode", line, StringComparison.Ordinal);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Open_file_alone_does_not_let_another_user_in()
    {
        await using var server = Open(new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect });
        await using var peer = Peer.StartClient(server.Path, user: TestUsers.Overflow);

        Assert.StartsWith("error UserNotAllowed", await peer.ReadLineAsync(), StringComparison.Ordinal);
        var failure = await server.FailureAsync();
        Assert.Equal(TachyonHandshakeFailureReason.UserNotAllowed, failure.Reason);
        Assert.Equal(TestUsers.Overflow, failure.Peer?.UserId);
        Assert.Contains("65534", failure.Message, StringComparison.Ordinal);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Allowed_user_gets_in()
    {
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect };
        options.AllowedUserIds.Add(TestUsers.Overflow);
        await AssertGetsInAsync(options);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Member_of_an_allowed_group_gets_in()
    {
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect };
        options.AllowedGroupIds.Add(TestUsers.Overflow);
        await AssertGetsInAsync(options);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Group_of_the_file_is_that_of_the_options()
    {
        var options = new TachyonServerOptions { SocketMode = (UnixFileMode)0x1B0, SocketGroupId = TestUsers.Overflow }; // 0660
        options.AllowedGroupIds.Add(TestUsers.Overflow);
        await AssertGetsInAsync(options);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Member_by_a_supplementary_group_gets_in()
    {
        // Also past the mode of the file, which names the same group.
        var options = new TachyonServerOptions { SocketMode = (UnixFileMode)0x1B0, SocketGroupId = OtherGroup }; // 0660
        options.AllowedGroupIds.Add(OtherGroup);
        await AssertGetsInAsync(options, [4_000_000, OtherGroup]);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Member_of_other_groups_stays_out()
    {
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect };
        options.AllowedGroupIds.Add(OtherGroup);
        await using var server = Open(options);
        await using var peer = Peer.StartClient(server.Path, user: TestUsers.Overflow, groups: [4_000_000]);

        Assert.StartsWith("error UserNotAllowed", await peer.ReadLineAsync(), StringComparison.Ordinal);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task No_descriptor_is_sent_to_a_user_that_is_refused()
    {
        await using var server = Open(new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect });
        await using var peer = Peer.StartRawHello(server.Path, TestUsers.Overflow);
        Assert.Equal("UserNotAllowed with 0 descriptors", await peer.ReadLineAsync());
        Assert.Equal(TachyonHandshakeFailureReason.UserNotAllowed, (await server.FailureAsync()).Reason);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Descriptors_are_sent_to_a_user_that_is_allowed()
    {
        // So that the count of the test above can be another than 0.
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect, HandshakeTimeout = TimeSpan.FromMilliseconds(500) };
        options.AllowedUserIds.Add(TestUsers.Overflow);
        await using var server = Open(options);
        await using var peer = Peer.StartRawHello(server.Path, TestUsers.Overflow);
        Assert.Equal("Ok with 4 descriptors", await peer.ReadLineAsync());
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Mode_and_group_of_the_file_are_those_of_the_options()
    {
        await using var byDefault = Open(new TachyonServerOptions());
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(byDefault.Path));
        Assert.Equal("0", await GroupOfAsync(byDefault.Path));

        const UnixFileMode Mode = (UnixFileMode)0x1B4; // 0664
        await using var chosen = Open(new TachyonServerOptions { SocketMode = Mode, SocketGroupId = OtherGroup });
        Assert.Equal(Mode, File.GetUnixFileMode(chosen.Path));
        Assert.Equal(OtherGroup.ToString(CultureInfo.InvariantCulture), await GroupOfAsync(chosen.Path));
    }

    private static async Task<string> GroupOfAsync(string path) => (await ChildProgram.RunAsync("stat", ["-c", "%g", path])).Succeeded();

    private static async Task AssertGetsInAsync(TachyonServerOptions options, uint[]? groups = null)
    {
        await using var server = Open(options);
        await using var peer = Peer.StartClient(server.Path, argument: "source", user: TestUsers.Overflow, groups: groups);
        Assert.Equal($"connected to {Environment.ProcessId}", await peer.ReadLineAsync());
        await using var connection = await server.AcceptAsync();

        Assert.Equal(TestUsers.Overflow, connection.Peer.UserId);
        Assert.Equal(TestUsers.Overflow, connection.Peer.GroupId);
        await connection.Input.ReceivePatternAsync(1_000_000, seed: 1);
    }

    private static TestListener Open(TachyonServerOptions options)
    {
        var server = new TestListener(options);

        // The way to the socket is open, so that only its own mode and the check of the user decide.
        server.Directory.OpenToAll();
        return server;
    }
}
