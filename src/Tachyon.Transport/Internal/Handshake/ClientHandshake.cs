using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Notification;
using Tachyon.Transport.Internal.Region;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>The client's side of the handshake on one connected socket.</summary>
internal static class ClientHandshake
{
    /// <summary>Runs the handshake. Closes the socket.</summary>
    internal static async Task<TachyonConnection> RunAsync(
        Socket socket,
        TachyonClientOptions options,
        TachyonEndPoint endPoint,
        TachyonApplicationFeatures features,
        CancellationToken cancellationToken)
    {
        TachyonPeer peer;
        try
        {
            peer = ControlSocket.GetPeer(socket);
        }
        catch
        {
            socket.Dispose();
            throw;
        }

        var isOwnUser = peer.IsOwnUser;
        try
        {
            return await RunAsync(socket, peer, isOwnUser, options, endPoint, features, cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            UnwantedDescriptors.Close(socket, peer, isOwnUser);
        }
    }

    private static async Task<TachyonConnection> RunAsync(
        Socket socket,
        TachyonPeer peer,
        bool isOwnUser,
        TachyonClientOptions options,
        TachyonEndPoint endPoint,
        TachyonApplicationFeatures features,
        CancellationToken cancellationToken)
    {
        var offered = HandshakeMessage.KnownFeatures | HandshakeMessage.OfApplication(features.Offered);
        var required = HandshakeMessage.OfApplication(features.Required) | (isOwnUser ? 0 : HandshakeMessage.SocketPairDoorbells);
        uint? peerThread = isOwnUser ? null : peer.UserId;
        var kept = isOwnUser ? TakeKept(options, endPoint, peer) : null;
        List<SafeFileHandle> descriptors = [];
        SharedRegion? region = null;
        try
        {
            var hello = Hello(options, offered, required) with { ReuseNumber = kept?.ReusePlace!.Number ?? 0 };
            await SendHelloAsync(socket, hello, cancellationToken).ConfigureAwait(false);
            var bytes = await ReceiveReplyAsync(socket, descriptors, peerThread, endPoint, cancellationToken).ConfigureAwait(false);
            var reply = CheckReply(bytes, options, offered, required, endPoint);
            if (reply.Descriptors == 0)
            {
                if (descriptors.Count > 0)
                {
                    throw Refused(endPoint, "descriptors came with a reply that has none");
                }

                UnwantedDescriptors.Close(socket, peer, isOwnUser);
                return Start(Reuse(ref kept, options, reply, endPoint), reply, endPoint, peer);
            }

            var betweenUsers = (reply.Features & HandshakeMessage.SocketPairDoorbells) != 0;
            if (Descriptors.Validate(descriptors, (int)reply.RingSize0, (int)reply.RingSize1, betweenUsers) is { } reason)
            {
                throw Refused(endPoint, reason);
            }

            region = Map(descriptors[0], reply, endPoint);
            await ControlSocket.SendAsync(socket, Ready(HandshakeStatus.Ok), cancellationToken).ConfigureAwait(false);

            // Before the first byte of data is read or written here.
            UnwantedDescriptors.Close(socket, peer, isOwnUser);
            descriptors[0].Dispose();
            var number = (reply.Features & HandshakeMessage.MemoryReuse) == 0 ? 0 : region.ReuseNumber;
            var connection = Start(
                new ConnectionSetup
                {
                    Region = region,
                    IsServer = false,
                    OwnDoorbell = Doorbell.Receive(descriptors[2], betweenUsers),
                    PeerDoorbell = Doorbell.Receive(descriptors[1], betweenUsers),
                    Lifeline = new Lifeline(descriptors[3]),
                    Mode = options.WaitMode,
                    PeerUserId = peer.UserId,
                    ReusePlace = number == 0 || betweenUsers
                        ? null
                        : new ReusePlace(ReusableMemory.OfClients, endPoint.Path, peer.ProcessId, number),
                },
                reply,
                endPoint,
                peer);
            kept?.KeepAgain();
            return connection;
        }
        catch (Exception exception)
        {
            // In this order: a receive that was canceled may still add some.
            if (exception is not OperationCanceledException && descriptors.Count > 0)
            {
                // Best effort: the server learns that this was us, and not a crash.
                await TrySendAsync(socket, Ready(HandshakeStatus.Failed), cancellationToken).ConfigureAwait(false);
            }

            region?.Release();
            kept?.Return();
            if (peerThread is { } user)
            {
                // Behind a receive that was canceled. They may be any descriptors, whose close may wait.
                PeerThread.Run(user, Close);
            }
            else
            {
                Close();
            }

            throw;
        }

        void Close() => descriptors.ForEach(static descriptor => descriptor.Dispose());
    }

    private static async Task SendHelloAsync(Socket socket, HandshakeMessage hello, CancellationToken cancellationToken)
    {
        try
        {
            await ControlSocket.SendAsync(socket, hello, cancellationToken).ConfigureAwait(false);
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            // A server at its limits closes the socket first; the reply that it sent before gives the reason.
        }
    }

    private static TachyonConnection Start(ConnectionSetup setup, HandshakeMessage reply, TachyonEndPoint endPoint, TachyonPeer peer)
    {
        var connection = new TachyonConnection(new ConnectionCore(setup), peer, endPoint)
        {
            ApplicationFeatures = HandshakeMessage.ApplicationFeatures(reply.Features),
        };
        connection.Start();
        return connection;
    }

    /// <summary>What this process has of an earlier connection to the same server.</summary>
    private static ConnectionResources? TakeKept(TachyonClientOptions options, TachyonEndPoint endPoint, TachyonPeer peer)
        => ReusableMemory.OfClients.Take(kept => kept.ReusePlace!.PeerProcessId == peer.ProcessId && kept.ReusePlace.Path == endPoint.Path
            && kept.Capacity0 <= options.SendRingSize && kept.Capacity1 <= options.ReceiveRingSize);

    private static ConnectionSetup Reuse(
        ref ConnectionResources? kept, TachyonClientOptions options, HandshakeMessage reply, TachyonEndPoint endPoint)
    {
        if (kept is not { } before || (ulong)before.Capacity0 != reply.RingSize0 || (ulong)before.Capacity1 != reply.RingSize1)
        {
            throw Refused(endPoint, "its reply has no descriptors, for memory that this client does not have");
        }

        kept = null;
        return before.Reuse(options.WaitMode, claim: null);
    }

    private static async Task<byte[]> ReceiveReplyAsync(
        Socket socket, List<SafeFileHandle> descriptors, uint? peerThread, TachyonEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            var wait = new ReceiveWait(ControlSocket.PollBeforeWait, PeerThread: peerThread);
            return await ControlSocket.ReceiveAsync(socket, descriptors, wait, cancellationToken).ConfigureAwait(false);
        }
        catch (DescriptorsCutException exception)
        {
            throw NoSharedMemory(endPoint, exception);
        }
    }

    private static TachyonConnectException NoSharedMemory(TachyonEndPoint endPoint, Exception cause)
        => new(
            TachyonConnectError.NoSharedMemory,
            $"The shared memory of the server at '{endPoint}' could not be used: {cause.Message}",
            cause);

    private static SharedRegion Map(SafeFileHandle memory, HandshakeMessage reply, TachyonEndPoint endPoint)
    {
        try
        {
            return SharedRegion.Map(memory, (int)reply.RingSize0, (int)reply.RingSize1);
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            throw NoSharedMemory(endPoint, exception);
        }
    }

    private static async Task TrySendAsync(Socket socket, HandshakeMessage message, CancellationToken cancellationToken)
    {
        try
        {
            await ControlSocket.SendAsync(socket, message, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException or OperationCanceledException)
        {
            // The socket is closed already, or the server is gone; the first error is the one to report.
        }
    }

    private static HandshakeMessage CheckReply(
        byte[] bytes, TachyonClientOptions options, ulong offered, ulong required, TachyonEndPoint endPoint)
    {
        if (!HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var reply))
        {
            throw Refused(endPoint, "its reply is malformed");
        }

        switch (reply.Status)
        {
            case HandshakeStatus.Ok:
                break;
            case HandshakeStatus.VersionMismatch:
                throw new TachyonConnectException(
                    TachyonConnectError.VersionMismatch,
                    $"The server at '{endPoint}' speaks protocol versions {reply.LowestVersion} to {reply.HighestVersion}, this client version {HandshakeMessage.Version}: update the older one of the two.");
            case HandshakeStatus.FeatureMismatch:
                throw new TachyonConnectException(
                    TachyonConnectError.VersionMismatch,
                    $"The server at '{endPoint}' (protocol version {reply.HighestVersion}) lacks a feature that this client (protocol version {HandshakeMessage.Version}) requires.");
            case HandshakeStatus.UserNotAllowed:
                throw new TachyonConnectException(
                    TachyonConnectError.UserNotAllowed,
                    $"The server at '{endPoint}' does not accept user '{Environment.UserName}': run as the server's user, or allow this one with {nameof(TachyonServerOptions.AllowedUserIds)} or {nameof(TachyonServerOptions.AllowedGroupIds)} of the server.");
            case HandshakeStatus.LimitReached:
                throw new TachyonConnectException(
                    TachyonConnectError.ServerRefused,
                    $"The server at '{endPoint}' takes no further connection: a limit of it was reached. Its log says which.");
            case HandshakeStatus.NoSharedMemory when reply.Detail == HandshakeDetail.TurnedOff:
                throw new TachyonConnectException(
                    TachyonConnectError.SharedMemoryOff,
                    $"The server at '{endPoint}' has shared memory turned off, by TACHYON_SHARED_MEMORY in its environment or SharedMemory in its options.");
            case HandshakeStatus.NoSharedMemory when reply.Detail == HandshakeDetail.RefusedBySystem:
                throw new TachyonConnectException(
                    TachyonConnectError.NoSharedMemory,
                    $"The server at '{endPoint}' has no shared memory: its system refuses a call that this needs. Its log says which.");
            case HandshakeStatus.NoSharedMemory:
                throw new TachyonConnectException(
                    TachyonConnectError.NoSharedMemory,
                    $"The server at '{endPoint}' could not make the shared memory: it has no memory or descriptors left, or its kernel lacks something. Its log says what.");
            default:
                throw new TachyonConnectException(
                    TachyonConnectError.ServerRefused, $"The server at '{endPoint}' refused the handshake with status {(uint)reply.Status}.");
        }

        if (reply.HighestVersion != HandshakeMessage.Version || reply.LayoutVersion != RegionLayout.Version)
        {
            throw new TachyonConnectException(
                TachyonConnectError.VersionMismatch,
                $"The server at '{endPoint}' chose protocol version {reply.HighestVersion} with memory layout {reply.LayoutVersion}; this client speaks version {HandshakeMessage.Version} with layout {RegionLayout.Version}.");
        }

        // Never more than was asked for: a hostile server could make us map (and account) what we did not want.
        return !RegionLayout.IsValidCapacity((long)reply.RingSize0) || reply.RingSize0 > (ulong)options.SendRingSize
            || !RegionLayout.IsValidCapacity((long)reply.RingSize1) || reply.RingSize1 > (ulong)options.ReceiveRingSize
            || (reply.Descriptors != Descriptors.Count && (reply.Descriptors != 0 || (reply.Features & HandshakeMessage.MemoryReuse) == 0))
            || (reply.Features & ~offered) != 0
            || (reply.RequiredFeatures & ~HandshakeMessage.KnownFeatures) != 0
            || (required & ~reply.Features) != 0
            ? throw Refused(endPoint, "its reply grants what was not asked for, or not what was")
            : reply;
    }

    private static TachyonConnectException Refused(TachyonEndPoint endPoint, string reason)
        => new(TachyonConnectError.NotATachyonServer, $"The server at '{endPoint}' does not keep to the Tachyon handshake: {reason}.");

    private static HandshakeMessage Hello(TachyonClientOptions options, ulong offered, ulong required)
        => new(
            MessageKind.Hello,
            HandshakeMessage.Version,
            HandshakeMessage.Version,
            HandshakeStatus.Ok,
            offered,
            required,
            (ulong)options.SendRingSize,
            (ulong)options.ReceiveRingSize,
            0,
            0);

    private static HandshakeMessage Ready(HandshakeStatus status)
        => new(MessageKind.Ready, HandshakeMessage.Version, HandshakeMessage.Version, status, 0, 0, 0, 0, 0, 0);
}
