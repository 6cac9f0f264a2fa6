using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>
/// What the server sends to a client with its reply: the shared memory, two doorbells, and a lifeline. From then on the client may hold
/// them, whether it uses the connection or not.
/// </summary>
internal sealed class ConnectionOffer(
    PendingHandshake handshake,
    HandshakeMessage hello,
    TachyonServerOptions options,
    TachyonEndPoint endPoint,
    uint applicationFeatures,
    PreparedParts prepared,
    ReusableMemory reusable)
{
    private readonly bool _betweenUsers = !handshake.IsOwnUser || (hello.RequiredFeatures & HandshakeMessage.SocketPairDoorbells) != 0;
    private ConnectionParts? _parts;
    private ConnectionResources? _before;
    private ulong _number;

    /// <summary>The client goes on in memory that it has mapped already: it sends nothing more in this handshake.</summary>
    internal bool ReusesMemory => _before is not null;

    /// <summary>Makes all of it, unless it is prepared, and sends it. Once.</summary>
    /// <exception cref="IOException">Out of descriptors or memory: nothing was sent, and all of it is closed again.</exception>
    /// <exception cref="OutOfMemoryException">As above.</exception>
    internal async Task SendAsync(CancellationToken cancellationToken)
    {
        var capacity0 = (int)Math.Min(hello.RingSize0, (ulong)options.ReceiveRingSize);
        var capacity1 = (int)Math.Min(hello.RingSize1, (ulong)options.SendRingSize);
        var processId = handshake.Peer.ProcessId;
        var isReusable = !_betweenUsers && processId > 0 && (hello.Features & HandshakeMessage.MemoryReuse) != 0
            && ReusableMemory.Fits(capacity0, capacity1);
        var features = HandshakeMessage.OfApplication(applicationFeatures)
            | (_betweenUsers ? HandshakeMessage.SocketPairDoorbells : 0)
            | (isReusable ? HandshakeMessage.MemoryReuse : 0);
        var reply = HandshakeMessage.Reply(HandshakeStatus.Ok, capacity0, capacity1, features);
        if (isReusable && hello.ReuseNumber != 0)
        {
            _before = reusable.Take(before => before.ReusePlace!.Number == hello.ReuseNumber && before.ReusePlace.PeerProcessId == processId
                && before.Capacity0 == capacity0 && before.Capacity1 == capacity1);
        }

        if (_before is not null)
        {
            await SendForReuseAsync(_before, reply, cancellationToken).ConfigureAwait(false);
        }
        else
        {
            _number = isReusable ? ReusableMemory.NextNumber() : 0;
            SendNew(prepared.Take(capacity0, capacity1, _betweenUsers), reply);
        }
    }

    private async Task SendForReuseAsync(ConnectionResources before, HandshakeMessage reply, CancellationToken cancellationToken)
    {
        try
        {
            before.Identify(Libc.GetProcessId(), handshake.Peer.ProcessId, applicationFeatures);
            await ControlSocket.SendAsync(handshake.Socket, reply with { Descriptors = 0 }, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            before.Return();
            throw;
        }
    }

    private void SendNew(ConnectionParts parts, HandshakeMessage reply)
    {
        _parts = parts;
        try
        {
            parts.Region.Identify(Libc.GetProcessId(), handshake.Peer.ProcessId, applicationFeatures);
            parts.Region.ReuseNumber = _number;
            ControlSocket.SendWithDescriptors(handshake.Socket, reply, parts.OfClient);
        }
        catch
        {
            parts.Close();
            throw;
        }

        parts.CloseThoseOfClient();
    }

    /// <summary>
    /// Starts the connection. After <see cref="SendAsync"/>; where it fails, <see cref="AbandonAsync"/> must still be called.
    /// </summary>
    /// <param name="claim">Becomes the connection's.</param>
    /// <param name="groups">The supplementary groups of the client.</param>
    internal TachyonConnection Start(IDisposable claim, uint[] groups)
    {
        var core = new ConnectionCore(_before?.Reuse(options.WaitMode, claim) ?? new ConnectionSetup
        {
            Region = _parts!.Region,
            IsServer = true,
            OwnDoorbell = _parts.OwnDoorbell,
            PeerDoorbell = _parts.ClientDoorbell,
            Lifeline = _parts.Lifeline,
            Mode = options.WaitMode,
            PeerUserId = handshake.Peer.UserId,
            Claim = claim,
            ReusePlace = _number == 0 ? null : new ReusePlace(reusable, endPoint.Path, handshake.Peer.ProcessId, _number),
        });
        var connection = new TachyonConnection(core, handshake.Peer, endPoint)
        {
            PeerGroupIds = groups,
            ApplicationFeatures = applicationFeatures,
            ReusesMemory = ReusesMemory,
        };
        connection.Start();
        return connection;
    }

    /// <summary>
    /// Ends an offer that the client did not accept. After <see cref="SendAsync"/>. As for a connection that has ended, the claim is
    /// released when the client has closed its end of the lifeline: until then it may hold the memory, or leave the descriptors in flight.
    /// </summary>
    internal async Task AbandonAsync(IDisposable claim)
    {
        try
        {
            var connection = Start(claim, []);
            connection.Abort();
            await connection.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // Out of descriptors or memory: nothing can watch the lifeline (that of memory that is reused is watched). The client may have
            // its descriptors, and can block the closes.
            PeerThread.Run(handshake.Peer.UserId, () =>
            {
                _parts?.Close();
                claim.Dispose();
            });
        }
    }
}
