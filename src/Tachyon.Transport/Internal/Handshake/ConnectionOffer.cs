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
    PreparedParts prepared)
{
    private readonly bool _betweenUsers = !handshake.IsOwnUser || (hello.RequiredFeatures & HandshakeMessage.SocketPairDoorbells) != 0;
    private ConnectionParts? _parts;

    /// <summary>Makes all of it, unless it is prepared, and sends it. Once.</summary>
    /// <exception cref="IOException">Out of descriptors or memory: nothing was sent, and all of it is closed again.</exception>
    /// <exception cref="OutOfMemoryException">As above.</exception>
    internal void Send()
    {
        var capacity0 = (int)Math.Min(hello.RingSize0, (ulong)options.ReceiveRingSize);
        var capacity1 = (int)Math.Min(hello.RingSize1, (ulong)options.SendRingSize);
        var parts = _parts = prepared.Take(capacity0, capacity1, _betweenUsers);
        try
        {
            parts.Region.Identify(Libc.GetProcessId(), handshake.Peer.ProcessId, applicationFeatures);
            var reply = HandshakeMessage.Reply(
                HandshakeStatus.Ok,
                capacity0,
                capacity1,
                HandshakeMessage.OfApplication(applicationFeatures) | (_betweenUsers ? HandshakeMessage.SocketPairDoorbells : 0));
            ControlSocket.SendWithDescriptors(handshake.Socket, reply, parts.OfClient);
        }
        catch
        {
            parts.Close();
            throw;
        }

        parts.CloseThoseOfClient();
    }

    /// <summary>Starts the connection. After <see cref="Send"/>; where it fails, <see cref="AbandonAsync"/> must still be called.</summary>
    /// <param name="claim">Becomes the connection's.</param>
    /// <param name="groups">The supplementary groups of the client.</param>
    internal TachyonConnection Start(IDisposable claim, uint[] groups)
    {
        var core = new ConnectionCore(new ConnectionSetup
        {
            Region = _parts!.Region,
            IsServer = true,
            OwnDoorbell = _parts.OwnDoorbell,
            PeerDoorbell = _parts.ClientDoorbell,
            Lifeline = _parts.Lifeline,
            Mode = options.WaitMode,
            PeerUserId = handshake.Peer.UserId,
            Claim = claim,
        });
        var connection = new TachyonConnection(core, handshake.Peer, endPoint)
        {
            PeerGroupIds = groups,
            ApplicationFeatures = applicationFeatures,
        };
        connection.Start();
        return connection;
    }

    /// <summary>
    /// Ends an offer that the client did not accept. After <see cref="Send"/>. As for a connection that has ended, the claim is released
    /// when the client has closed its end of the lifeline: until then it may hold the memory, or leave the descriptors in flight.
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
            // Out of descriptors or memory: nothing can watch the lifeline. The client may have its descriptors, and can block the closes.
            PeerThread.Run(handshake.Peer.UserId, () =>
            {
                _parts!.Close();
                claim.Dispose();
            });
        }
    }
}
