using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Tests.Support;

/// <summary>
/// The memory and the descriptors that a server gave to a client, in the hands of a test: it says when the client has released them, and
/// may use them for another connection, or for several.
/// </summary>
internal sealed class ReuseClient : IAsyncDisposable
{
    private readonly List<SafeFileHandle> _descriptors;
    private readonly SharedRegion _view;
    private TachyonConnection? _end;

    private ReuseClient(List<SafeFileHandle> descriptors)
    {
        _descriptors = descriptors;
        _view = SharedRegion.Map(descriptors[0], Pair.DefaultRingSize, Pair.DefaultRingSize);
        Number = _view.ReuseNumber;
    }

    /// <summary>A hello of a client that keeps memory.</summary>
    internal static HandshakeMessage Hello { get; } = RawSocket.Hello with { Features = HandshakeMessage.KnownFeatures };

    /// <summary>The server's number of the memory.</summary>
    internal ulong Number { get; }

    /// <summary>The shared words of the header.</summary>
    internal unsafe ReadOnlySpan<byte> Header => new(_view.Header, RegionLayout.LinesEnd);

    /// <summary>Shakes hands for new memory.</summary>
    internal static async Task<ReuseClient> OpenAsync(TachyonEndPoint endPoint, HandshakeMessage? hello = null)
    {
        using var socket = await RawSocket.ConnectAsync(endPoint);
        await socket.SendAsync(hello ?? Hello);
        (var reply, var descriptors) = await socket.ReceiveWithDescriptorsAsync();
        Assert.Equal((HandshakeStatus.Ok, 4u, 4), (reply.Status, reply.Descriptors, descriptors.Count));
        await socket.SendAsync(RawSocket.Ready);
        var connection = new ReuseClient(descriptors);
        connection.Start();
        return connection;
    }

    /// <summary>Asks for this memory again, for a second connection in it.</summary>
    /// <returns>Whether the server took it; new memory is left alone.</returns>
    internal async Task<bool> TryOpenAgainAsync(TachyonEndPoint endPoint, HandshakeMessage? hello = null)
    {
        using var socket = await RawSocket.ConnectAsync(endPoint);
        await socket.SendAsync((hello ?? Hello) with { ReuseNumber = Number });
        (var reply, var descriptors) = await socket.ReceiveWithDescriptorsAsync();
        Assert.Equal(HandshakeStatus.Ok, reply.Status);
        Assert.Equal((int)reply.Descriptors, descriptors.Count);
        if (descriptors.Count > 0)
        {
            descriptors.ForEach(static descriptor => descriptor.Dispose());
            return false;
        }

        await socket.AssertClosedAsync();
        Start();
        return true;
    }

    /// <summary>Sends bytes through the connection, and reads them back from a server that echoes.</summary>
    internal async Task EchoAsync(byte seed)
    {
        var bytes = Enumerable.Range(0, 100_000).Select(i => (byte)(i * 31 + seed)).ToArray();
        var stream = _end!.GetStream();
        var writing = stream.WriteAsync(bytes).AsTask();
        var echo = new byte[bytes.Length];
        await stream.ReadExactlyAsync(echo).AsTask().Within("the echo");
        await writing.Within("the write");
        Assert.Equal(bytes, echo);
    }

    /// <summary>Ends the connection in order, and keeps what it used.</summary>
    internal async Task EndAsync()
    {
        if (_end is { } end)
        {
            _end = null;
            await end.DisposeAsync().AsTask().Within("the end of the connection");
        }
    }

    internal void Abort() => _end!.Abort();

    /// <summary>Says that the client no longer uses the memory.</summary>
    internal void Release()
    {
        if (_view.ReleaseByClient())
        {
            new EventFdDoorbell(_descriptors[1]).RingAfterUse();
        }
    }

    /// <summary>What the client's process does when it dies: the memory and the descriptors are gone without a word.</summary>
    internal void Die()
    {
        _descriptors.ForEach(static descriptor => descriptor.Dispose());
    }

    public async ValueTask DisposeAsync()
    {
        await EndAsync();
        Die();
        _view.Release();
    }

    private void Start()
    {
        var core = new ConnectionCore(new ConnectionSetup
        {
            Region = SharedRegion.Map(_descriptors[0], Pair.DefaultRingSize, Pair.DefaultRingSize),
            IsServer = false,
            OwnDoorbell = Doorbell.Receive(Native.Duplicate(_descriptors[2]), betweenUsers: false),
            PeerDoorbell = Doorbell.Receive(Native.Duplicate(_descriptors[1]), betweenUsers: false),
            Lifeline = new Lifeline(Native.Duplicate(_descriptors[3])),
            Mode = TachyonWaitMode.Park,
        });
        _end = new TachyonConnection(core, new TachyonPeer(Environment.ProcessId, 0, 0), new TachyonEndPoint("@raw"));
        _end.Start();
    }
}
