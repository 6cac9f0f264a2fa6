using System.Globalization;
using System.Net.Sockets;
using Grpc.Core;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;
using static Tachyon.TestHost.Fixtures.Accounts;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>A client that requires the user of the server: it sends nothing to a server of another user.</summary>
public sealed class ServerUserTests
{
    [Fact]
    public async Task Server_with_the_user_is_called()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);

        await CallAsync(server.Path, OwnUserId.ToString(CultureInfo.InvariantCulture));
        await CallAsync(server.Path, Environment.UserName);
    }

    [Theory]
    [InlineData(TransportKind.Park, "unix://")]
    [InlineData(TransportKind.UnixSocket, "unix://")]
    [InlineData(TransportKind.UnixSocket, "tachyon://")]
    public async Task Plain_sockets_are_no_way_around(TransportKind server, string scheme)
    {
        await using var running = await TestServer.StartAsync(server);
        var user = OtherUser.ToString(CultureInfo.InvariantCulture);

        await CallAsync(scheme + running.Path, Environment.UserName);
        await CallAssert.FailsAsync(CallAsync(scheme + running.Path, user), "a call to another user", StatusCode.Unavailable);
    }

    [Theory]
    [InlineData("another uid")]
    [InlineData("another name")]
    [InlineData("no such name")]
    [InlineData("4294967295")]
    [InlineData("99999999999999999999")]
    public async Task Nothing_is_sent_to_another_user(string demand)
    {
        var other = NameOf(OtherUser)!;
        using var directory = new TempDirectory();
        using var listening = Listen(directory.FilePath("s"));
        var accepting = listening.AcceptAsync();
        var user = demand switch
        {
            "another uid" => OtherUser.ToString(CultureInfo.InvariantCulture),
            "another name" => other,
            _ => demand,
        };

        var exception = await Assert.ThrowsAsync<TachyonConnectException>(
            () => TachyonConnection.ConnectAsync(directory.FilePath("s"), new TachyonChannelOptions { ServerUser = user }).Within("the refusal"));

        Assert.Equal(TachyonConnectError.ServerUserMismatch, exception.Error);
        Assert.Contains(directory.FilePath("s"), exception.Message, StringComparison.Ordinal);
        Assert.All(
            demand.StartsWith("another", StringComparison.Ordinal)
                ? [$"'{Environment.UserName}' (uid {OwnUserId})", $"'{other}' (uid {OtherUser})"]
                : new[] { $"'{user}'", "no such user" },
            part => Assert.Contains(part, exception.Message, StringComparison.Ordinal));
        using var accepted = await accepting.Within("the client's connection");
        Assert.Equal(0, await accepted.ReceiveAsync(new byte[64]).Within("the end of the client's connection"));
    }

    [Fact]
    public async Task Listener_of_that_test_would_have_seen_what_is_sent()
    {
        using var directory = new TempDirectory();
        using var listening = Listen(directory.FilePath("s"));
        using var canceled = new CancellationTokenSource();
        var options = new TachyonChannelOptions { ServerUser = OwnUserId.ToString(CultureInfo.InvariantCulture) };
        var connecting = TachyonConnection.ConnectAsync(directory.FilePath("s"), options, canceled.Token);
        using var accepted = await listening.AcceptAsync().Within("the client's connection");

        Assert.InRange(await accepted.ReceiveAsync(new byte[64]).Within("the client's first bytes"), 1, 64);

        await canceled.CancelAsync();
        await CallAssert.EndsAsync(connecting, "the cancelled attempt");
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Server_of_another_user_is_distinguished_from_ones_own()
    {
        using var directory = new TempDirectory();
        File.SetUnixFileMode(directory.Path, (UnixFileMode)0b111_111_111);
        await using var child = await AccountChild.StartAsync(HostRole.ServerForRoot, directory.FilePath("s"));

        await CallAsync(directory.FilePath("s"), OtherUser.ToString(CultureInfo.InvariantCulture));
        await CallAsync(directory.FilePath("s"), NameOf(OtherUser)!);
        var exception = await CallAssert.FailsAsync(
            CallAsync(directory.FilePath("s"), "root"), "a call to the server of another user", StatusCode.Unavailable);
        Assert.Contains($"'{NameOf(OtherUser)}' (uid {OtherUser})", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("'root' (uid 0)", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("root\0x")]
    public void Invalid_server_user_throws(string user)
        => Assert.Throws<ArgumentException>(() => new TachyonChannelOptions { ServerUser = user });

    private static async Task CallAsync(string path, string serverUser)
    {
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { ServerUser = serverUser });
        var reply = await new Echo.EchoClient(channel).UnaryAsync(new Payload { Index = 7 }).ResponseAsync.Within("a call");
        Assert.Equal(7, reply.Index);
    }

    private static Socket Listen(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen();
        return socket;
    }
}
