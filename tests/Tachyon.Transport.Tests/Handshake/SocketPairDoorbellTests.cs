using System.Buffers;
using System.Net.Sockets;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Between users a doorbell never makes the one who rings it wait: docs/adr/0011-doorbells-between-users.md.</summary>
public sealed class SocketPairDoorbellTests
{
    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Peer_of_another_user_can_not_make_a_ring_wait()
    {
        const int Messages = 8_000;
        const int Rings = 300;
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect, WaitMode = TachyonWaitMode.Park };
        options.AllowedUserIds.Add(TestUsers.Overflow);
        await using var server = new TestListener(options);
        server.Directory.OpenToAll();
        await using var peer = Peer.StartJamming(server.Path, TestUsers.Overflow);
        await using var connection = await server.AcceptAsync();
        Assert.Equal("ready", await peer.ReadLineAsync());

        // The peer says all the time that it sleeps, and never hears a ring: more of them than a socket has room for.
        var rungBefore = ConnectionRegistry.Sum().WakeUpsSent;
        await Task.Run(async () =>
        {
            // The peer may hardly run on a busy machine: as many messages as it takes.
            long Rung() => ConnectionRegistry.Sum().WakeUpsSent - rungBefore;
            for (var i = 0; (i < Messages || Rung() < Rings) && Rung() < 10 * Rings; i++)
            {
                connection.Output.Write(new byte[8]);
                await connection.Output.FlushAsync();
                if (i % 16 == 0)
                {
                    // Let the peer say it again.
                    await Task.Delay(1);
                }
            }
        }).Within();
        Assert.InRange(ConnectionRegistry.Sum().WakeUpsSent - rungBefore, Rings, long.MaxValue);

        connection.Abort();
        await connection.DisposeAsync().Within();
        await server.AssertServesAsync();
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Peer_of_another_user_can_not_send_descriptors()
    {
        var options = new TachyonServerOptions { SocketMode = TestUsers.AllMayConnect, WaitMode = TachyonWaitMode.Park };
        options.AllowedUserIds.Add(TestUsers.Overflow);
        await using var server = new TestListener(options);
        server.Directory.OpenToAll();
        await using var peer = Peer.StartDescriptorSender(server.Path, TestUsers.Overflow);
        await using var connection = await server.AcceptAsync();

        // Linux 6.16 refuses all of them; an older kernel only what is sent back through the doorbell that this side rings.
        var expected = KernelRefusesDescriptors()
            ? $"handshake {Errno.EPERM} sleeper {Errno.EPERM} ringer {Errno.EPIPE}"
            : $"handshake 0 sleeper 0 ringer {Errno.EPIPE}";
        Assert.Equal(expected, await peer.ReadLineAsync());

        connection.Abort();
        await connection.DisposeAsync().Within();
        await server.AssertServesAsync();
    }

    private static bool KernelRefusesDescriptors()
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        return PassRights.TryTurnOff(socket.SafeHandle);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Client_of_another_user_requires_them_and_takes_nothing_less()
    {
        using var directory = new TempDirectory();
        directory.OpenToAll();
        using var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var path = directory.NewSocketPath();
        listening.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, TestUsers.AllMayConnect);
        listening.Listen();
        await using var client = Peer.StartClient(path, user: TestUsers.Overflow);
        using var accepted = new RawSocket(await listening.AcceptAsync().Within());

        var hello = await accepted.ReceiveAsync(MessageKind.Hello);
        Assert.Equal(HandshakeMessage.SocketPairDoorbells, hello.RequiredFeatures);

        using var descriptors = new DescriptorSet();
        accepted.Send(RawSocket.Reply, descriptors.All);
        Assert.StartsWith("error NotATachyonServer", await client.ReadLineAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_requires_them_gets_them_also_from_its_own_user()
    {
        await using var server = new TestListener();
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync(RawSocket.Hello with
        {
            Features = HandshakeMessage.KnownFeatures,
            RequiredFeatures = HandshakeMessage.SocketPairDoorbells,
        });

        var reply = await client.ReceiveAsync(MessageKind.Reply);
        Assert.Equal((HandshakeStatus.Ok, HandshakeMessage.SocketPairDoorbells), (reply.Status, reply.Features));
    }
}
