using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.TestPeer.Hostile;

/// <summary>One end of a connection after an honest handshake, with all that the handshake gives a peer in its bare hands.</summary>
internal sealed class HostileEnd : IDisposable
{
    private const int RingSize = 65_536;
    private const int DuplicateCloexec = 1030; // F_DUPFD_CLOEXEC

    private readonly SharedRegion _region;
    private readonly bool _isServer;
    private readonly bool _socketPairDoorbells;
    private readonly SafeFileHandle[] _descriptors;

    private HostileEnd(SafeFileHandle[] descriptors, bool isServer, TachyonPeer victim, bool socketPairDoorbells = false)
    {
        _socketPairDoorbells = socketPairDoorbells;
        _descriptors = descriptors;
        _isServer = isServer;
        Victim = victim;
        _region = SharedRegion.Map(Memory, RingSize, RingSize);
    }

    internal static int Capacity => RingSize;

    internal TachyonPeer Victim { get; }

    internal SafeFileHandle Memory => _descriptors[0];

    /// <summary>What the victim sleeps on.</summary>
    internal SafeFileHandle VictimDoorbell => _descriptors[_isServer ? 2 : 1];

    /// <summary>What the victim rings.</summary>
    internal SafeFileHandle OwnDoorbell => _descriptors[_isServer ? 1 : 2];

    internal SafeFileHandle Lifeline => _descriptors[3];

    /// <summary>The ring that the victim reads.</summary>
    internal unsafe SharedWords Toward => new(_region.Header + (_isServer ? RegionLayout.ControlBlock1 : RegionLayout.ControlBlock0));

    /// <summary>The ring that the victim writes.</summary>
    internal unsafe SharedWords From => new(_region.Header + (_isServer ? RegionLayout.ControlBlock0 : RegionLayout.ControlBlock1));

    internal unsafe Span<byte> Header => new(_region.Header, RegionLayout.HeaderSize);

    internal unsafe Span<byte> BytesToward => new(_isServer ? _region.Ring1 : _region.Ring0, RingSize);

    internal unsafe Span<byte> BytesFrom => new(_isServer ? _region.Ring0 : _region.Ring1, RingSize);

    /// <summary>The victim has closed both halves, if its words can be believed: we may have written them.</summary>
    internal bool VictimEnded
        => Volatile.Read(ref From.ProducerState) != ProducerStates.Open && Volatile.Read(ref Toward.ConsumerState) != ConsumerStates.Open;

    internal static async Task<HostileEnd> ConnectAsync(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        await socket.ConnectAsync(new TachyonEndPoint(path).ToSocketAddress()).ConfigureAwait(false);
        await ControlSocket.SendAsync(socket, Message(MessageKind.Hello), default).ConfigureAwait(false);
        List<SafeFileHandle> descriptors = [];
        var bytes = await ControlSocket.ReceiveAsync(socket, descriptors, default, default).ConfigureAwait(false);
        if (!HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var reply) || reply.Status != HandshakeStatus.Ok)
        {
            throw new InvalidDataException($"The server refused an honest handshake: {reply}.");
        }

        var end = new HostileEnd(
            [.. descriptors], isServer: false, ControlSocket.GetPeer(socket), (reply.Features & HandshakeMessage.SocketPairDoorbells) != 0);
        await ControlSocket.SendAsync(socket, Message(MessageKind.Ready), default).ConfigureAwait(false);
        return end;
    }

    internal static async Task<HostileEnd> AcceptAsync(Socket listening, bool socketPairDoorbells = false)
    {
        using var socket = await listening.AcceptAsync().ConfigureAwait(false);
        List<SafeFileHandle> none = [];
        _ = await ControlSocket.ReceiveAsync(socket, none, default, default).ConfigureAwait(false);
        (var server, var client)
            = Transport.Internal.Notification.Lifeline.Create();
        (var ownSleeper, var ownRinger) = CreateDoorbell(socketPairDoorbells);
        (var victimSleeper, var victimRinger) = CreateDoorbell(socketPairDoorbells);
        var memory = SharedRegion.CreateMemory(RingSize, RingSize);
        ControlSocket.SendWithDescriptors(
            socket, Message(MessageKind.Reply, socketPairDoorbells), [memory, ownRinger, victimSleeper, client.Descriptor]);
        client.Dispose();
        var end = new HostileEnd(
            [memory, ownSleeper, victimRinger, server.Descriptor], isServer: true, ControlSocket.GetPeer(socket), socketPairDoorbells);
        _ = await ControlSocket.ReceiveAsync(socket, none, default, default).ConfigureAwait(false);
        return end;
    }

    /// <summary>A socket pair here lets descriptors through, unlike that of an honest server.</summary>
    private static unsafe (SafeFileHandle Sleeper, SafeFileHandle Ringer) CreateDoorbell(bool betweenUsers)
    {
        if (!betweenUsers)
        {
            var both = EventFdDoorbell.Create().Descriptor;
            return (both, both);
        }

        var fds = stackalloc int[2];
        return Libc.SocketPair(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0, fds) == 0
            ? (new SafeFileHandle(fds[0], ownsHandle: true), new SafeFileHandle(fds[1], ownsHandle: true))
            : throw Errno.LastError("socketpair", "create a doorbell");
    }

    /// <summary>The library's own end over the same memory, for traffic that needs one.</summary>
    internal TachyonConnection ToConnection()
    {
        var end = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(Memory, RingSize, RingSize),
            IsServer = _isServer,
            OwnDoorbell = Honest(OwnDoorbell),
            PeerDoorbell = Honest(VictimDoorbell),
            Lifeline = new Transport.Internal.Notification.Lifeline(Duplicate(Lifeline)),
            Mode = TachyonWaitMode.Park,
        });
        var connection = new TachyonConnection(end, Victim, new TachyonEndPoint("@hostile"));
        connection.Start();
        return connection;
    }

    private Doorbell Honest(SafeFileHandle descriptor)
        => _socketPairDoorbells
            ? new SocketPairDoorbell(Duplicate(descriptor), canPeerBlockDrain: false)
            : new EventFdDoorbell(Duplicate(descriptor));

    internal unsafe void RingVictim()
    {
        ulong one = 1;
        _ = Libc.Write(VictimDoorbell, &one, sizeof(ulong));
    }

    public void Dispose()
    {
        foreach (var descriptor in _descriptors)
        {
            descriptor.Dispose();
        }

        _region.Release();
    }

    private static SafeFileHandle Duplicate(SafeFileHandle handle) => new(Libc.Fcntl(handle, DuplicateCloexec, 0), ownsHandle: true);

    internal static HandshakeMessage Message(MessageKind kind, bool socketPairDoorbells = false) => kind switch
    {
        MessageKind.Hello => new(kind, 1, 1, HandshakeStatus.Ok, HandshakeMessage.KnownFeatures, 0, RingSize, RingSize, 0, 0),
        MessageKind.Reply => new(
            kind, 1, 1, HandshakeStatus.Ok, socketPairDoorbells ? HandshakeMessage.SocketPairDoorbells : 0, 0, RingSize, RingSize, 1, 4),
        _ => new(kind, 1, 1, HandshakeStatus.Ok, 0, 0, 0, 0, 0, 0),
    };
}
