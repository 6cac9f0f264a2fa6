using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Support;

/// <summary>
/// Both ends of one connection in this process, made as the handshake makes them but without sockets, and a third mapping of the
/// region, by which tests look at the shared words and play the peer that breaks the rules.
/// </summary>
internal sealed class Pair : IAsyncDisposable
{
    internal const int DefaultRingSize = 65536;

    private readonly SharedRegion _view;

    private readonly SafeFileHandle _clientDoorbell;
    private readonly SafeFileHandle _serverDoorbell;

    private Pair(
        TachyonConnection client,
        TachyonConnection server,
        string memoryInode,
        SharedRegion view,
        SafeFileHandle clientDoorbell,
        SafeFileHandle serverDoorbell)
    {
        Client = client;
        Server = server;
        MemoryInode = memoryInode;
        _view = view;
        _clientDoorbell = clientDoorbell;
        _serverDoorbell = serverDoorbell;
    }

    internal TachyonConnection Client { get; }

    internal TachyonConnection Server { get; }

    /// <summary>For <see cref="ProcessFacts.RegionMappings"/>.</summary>
    internal string MemoryInode { get; }

    /// <param name="copy">The ends believe that the other is another user's: they copy out of the ring, and their doorbells are socket
    /// pairs.</param>
    internal static Pair Create(
        TachyonWaitMode mode = TachyonWaitMode.Park,
        int ringSize = DefaultRingSize,
        bool copy = false,
        bool inline = false,
        Func<Exception, Exception>? mapFailure = null)
    {
        using var memory = SharedRegion.CreateMemory(ringSize, ringSize);
        (var serverSleeper, var serverRinger) = CreateDoorbell(copy);
        (var clientSleeper, var clientRinger) = CreateDoorbell(copy);
        (var serverLifeline, var clientLifeline) = Lifeline.Create();
        var clientDoorbellOfTest = Native.Duplicate(clientRinger.Descriptor);
        var serverDoorbellOfTest = Native.Duplicate(serverRinger.Descriptor);
        var server = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(memory, ringSize, ringSize),
            IsServer = true,
            OwnDoorbell = serverSleeper,
            PeerDoorbell = clientRinger,
            Lifeline = serverLifeline,
            Mode = mode,
        });
        var client = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(memory, ringSize, ringSize),
            IsServer = false,
            OwnDoorbell = Doorbell.Receive(clientSleeper.Descriptor, betweenUsers: copy),
            PeerDoorbell = serverRinger,
            Lifeline = clientLifeline,
            Mode = mode,
        });
        var user = Libc.GetEffectiveUserId() + (copy ? 1u : 0u);
        var peer = new TachyonPeer(Libc.GetProcessId(), user, 0);
        var endPoint = new TachyonEndPoint("@pair");
        var pair = new Pair(
            new TachyonConnection(client, peer, endPoint) { AllowInlineContinuations = inline, MapFailure = mapFailure },
            new TachyonConnection(server, peer, endPoint) { AllowInlineContinuations = inline, MapFailure = mapFailure },
            ProcessFacts.Inode(memory),
            SharedRegion.Map(memory, ringSize, ringSize),
            clientDoorbellOfTest,
            serverDoorbellOfTest);
        pair.Client.Start();
        pair.Server.Start();
        return pair;
    }

    /// <summary>The shared words of a ring: 0 client to server, 1 server to client.</summary>
    internal unsafe SharedWords Control(int ring)
        => new(_view.Header + (ring == 0 ? RegionLayout.ControlBlock0 : RegionLayout.ControlBlock1));

    /// <summary>The bytes of a ring, as the peer can write them at any time.</summary>
    internal unsafe Span<byte> Bytes(int ring)
        => ring == 0 ? new(_view.Ring0, _view.Capacity0) : new(_view.Ring1, _view.Capacity1);

    private static (Doorbell Sleeper, Doorbell Ringer) CreateDoorbell(bool betweenUsers)
    {
        (var sleeper, var ringer) = Doorbell.Create(betweenUsers);

        // Two descriptors in any case, as two processes have.
        return (sleeper, sleeper == ringer ? new EventFdDoorbell(Native.Duplicate(sleeper.Descriptor)) : ringer);
    }

    /// <summary>As the client's publishing does when the server sleeps, but whenever a test likes.</summary>
    internal void RingServer() => new EventFdDoorbell(_serverDoorbell).Ring();

    /// <summary>What a hostile client can do to the doorbell that the server rings: from now on adding to its counter blocks.</summary>
    internal unsafe void LetClientDoorbellBlock()
    {
        const int SetFlags = 4; // F_SETFL
        ulong one = 1;
        var most = ulong.MaxValue - 2;
        Assert.Equal(sizeof(ulong), Libc.Write(_clientDoorbell, &most, sizeof(ulong)));
        while (Libc.Write(_clientDoorbell, &one, sizeof(ulong)) == sizeof(ulong))
        {
            // Up to the last number that it holds.
        }

        Assert.Equal(0, Libc.Fcntl(_clientDoorbell, SetFlags, 0));
    }

    public async ValueTask DisposeAsync()
    {
        // Whatever a test left behind; both are idempotent.
        Client.Abort();
        Server.Abort();
        await Client.DisposeAsync();
        await Server.DisposeAsync();
        _view.Release();
        _clientDoorbell.Dispose();
        _serverDoorbell.Dispose();
    }
}
