using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Memory;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>The server's side of the handshake on one accepted socket.</summary>
internal static class ServerHandshake
{
    /// <summary>Runs the handshake and closes the socket, whatever comes of it.</summary>
    internal static async Task<TachyonConnection> RunAsync(
        Socket socket, TachyonServerOptions options, TachyonEndPoint endPoint, Func<Exception, Exception> mapFailure, CancellationToken stopping)
    {
        using Socket control = socket;
        TachyonPeer? peer = null;
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        timeout.CancelAfter(options.HandshakeTimeout);
        List<SafeFileHandle> unexpected = [];
        try
        {
            peer = ControlSocket.GetPeer(control);
            HandshakeMessage hello = await ReceiveHelloAsync(control, unexpected, timeout.Token).ConfigureAwait(false);
            await RefuseMismatchAsync(control, hello, peer.Value, options, timeout.Token).ConfigureAwait(false);
            return await GrantAsync(control, hello, peer.Value, options, endPoint, mapFailure, timeout.Token).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is not HandshakeFailedException)
        {
            throw exception switch
            {
                OperationCanceledException when stopping.IsCancellationRequested =>
                    Failure(HandshakeFailureReason.Error, "The listener stopped during the handshake.", exception),
                OperationCanceledException =>
                    Failure(HandshakeFailureReason.Timeout, $"The client did not finish the handshake within {options.HandshakeTimeout.TotalSeconds:0.###} s.", null),
                NotTachyonException =>
                    Failure(HandshakeFailureReason.NotATachyonClient, "The client does not speak the Tachyon handshake.", null),
                EndOfStreamException or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } =>
                    Failure(HandshakeFailureReason.ClientGone, "The client closed the socket before the handshake was over.", null),
                _ => Failure(HandshakeFailureReason.Error, exception.Message, exception),
            };
        }
        finally
        {
            unexpected.ForEach(static descriptor => descriptor.Dispose());
        }

        HandshakeFailedException Failure(HandshakeFailureReason reason, string message, Exception? cause)
            => new(new TachyonHandshakeFailure(reason, message, peer, cause));
    }

    private static async Task<HandshakeMessage> ReceiveHelloAsync(Socket socket, List<SafeFileHandle> unexpected, CancellationToken cancellationToken)
    {
        byte[] bytes = await ControlSocket.ReceiveAsync(socket, unexpected, TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        return !HandshakeMessage.TryRead(bytes, MessageKind.Hello, out HandshakeMessage hello)
            || unexpected.Count > 0
            ? throw new InvalidDataException("The client's hello is malformed.")
            : hello;
    }

    private static async Task RefuseMismatchAsync(
        Socket socket, HandshakeMessage hello, TachyonPeer peer, TachyonServerOptions options, CancellationToken cancellationToken)
    {
        (HandshakeStatus Status, HandshakeFailureReason Reason, string Message)? refusal = null;
        if (!IsAllowed(socket, peer, options))
        {
            refusal = (
                HandshakeStatus.UserNotAllowed,
                HandshakeFailureReason.UserNotAllowed,
                $"User {peer.UserId} (group {peer.GroupId}, process {peer.ProcessId}) is not allowed to connect.");
        }
        else if (hello.LowestVersion > HandshakeMessage.Version || hello.HighestVersion < HandshakeMessage.Version)
        {
            refusal = (
                HandshakeStatus.VersionMismatch,
                HandshakeFailureReason.VersionMismatch,
                $"The client speaks protocol versions {hello.LowestVersion} to {hello.HighestVersion}, this server version {HandshakeMessage.Version}.");
        }
        else if ((hello.RequiredFeatures & ~HandshakeMessage.KnownFeatures) != 0)
        {
            refusal = (
                HandshakeStatus.FeatureMismatch,
                HandshakeFailureReason.VersionMismatch,
                $"The client requires features 0x{hello.RequiredFeatures:x}, this server has 0x{HandshakeMessage.KnownFeatures:x} (protocol version {HandshakeMessage.Version}).");
        }

        if (refusal is { } no)
        {
            await ControlSocket.SendAsync(socket, Reply(no.Status, 0, 0), cancellationToken).ConfigureAwait(false);
            throw new HandshakeFailedException(new TachyonHandshakeFailure(no.Reason, no.Message, peer, null));
        }

        // Only now: another version may give these fields another meaning.
        if (!RegionLayout.IsValidCapacity((long)hello.RingSize0) || !RegionLayout.IsValidCapacity((long)hello.RingSize1))
        {
            throw new InvalidDataException($"The client's hello is malformed: it asks for rings of {hello.RingSize0} and {hello.RingSize1} bytes.");
        }
    }

    private static bool IsAllowed(Socket socket, TachyonPeer peer, TachyonServerOptions options)
        => peer.UserId == Libc.GetEffectiveUserId()
        || options.AllowedUserIds.Contains(peer.UserId)
        || (options.AllowedGroupIds.Count > 0
            && (options.AllowedGroupIds.Contains(peer.GroupId)
                || ControlSocket.GetPeerGroups(socket).Any(options.AllowedGroupIds.Contains)));

    private static async Task<TachyonConnection> GrantAsync(
        Socket socket,
        HandshakeMessage hello,
        TachyonPeer peer,
        TachyonServerOptions options,
        TachyonEndPoint endPoint,
        Func<Exception, Exception> mapFailure,
        CancellationToken cancellationToken)
    {
        int capacity0 = (int)Math.Min(hello.RingSize0, (ulong)options.ReceiveRingSize);
        int capacity1 = (int)Math.Min(hello.RingSize1, (ulong)options.SendRingSize);
        SafeFileHandle? serverDoorbell = null;
        SafeFileHandle? clientDoorbell = null;
        SafeFileHandle? lifeline = null;
        SharedRegion? region = null;
        try
        {
            try
            {
                using SafeFileHandle memory = SharedRegion.CreateMemory(capacity0, capacity1);
                serverDoorbell = Descriptors.CreateDoorbell();
                clientDoorbell = Descriptors.CreateDoorbell();
                (lifeline, SafeFileHandle clientLifeline) = Descriptors.CreateLifeline();

                // Ours would keep the client's end of the lifeline alive beyond the client.
                using (clientLifeline)
                {
                    region = SharedRegion.Map(memory, capacity0, capacity1);
                    region.Identify(Libc.GetProcessId(), peer.ProcessId);
                    ControlSocket.SendWithDescriptors(
                        socket, Reply(HandshakeStatus.Ok, capacity0, capacity1), [memory, serverDoorbell, clientDoorbell, clientLifeline]);
                }
            }
            catch (IOException)
            {
                await ControlSocket.SendAsync(socket, Reply(HandshakeStatus.LimitReached, 0, 0), cancellationToken).ConfigureAwait(false);
                throw;
            }

            await ReceiveReadyAsync(socket, peer, cancellationToken).ConfigureAwait(false);

            // Before the first byte of data is read or written here.
            socket.Dispose();
            var end = new ConnectionEnd(region, isServer: true, serverDoorbell, clientDoorbell, lifeline, options.WaitMode);
            var connection = new TachyonConnection(end, peer, endPoint, mapFailure);
            connection.Start();
            return connection;
        }
        catch
        {
            serverDoorbell?.Dispose();
            clientDoorbell?.Dispose();
            lifeline?.Dispose();
            region?.Release();
            throw;
        }
    }

    private static async Task ReceiveReadyAsync(Socket socket, TachyonPeer peer, CancellationToken cancellationToken)
    {
        List<SafeFileHandle> unexpected = [];
        try
        {
            byte[] bytes = await ControlSocket.ReceiveAsync(socket, unexpected, ControlSocket.Patience, cancellationToken).ConfigureAwait(false);
            if (!HandshakeMessage.TryRead(bytes, MessageKind.Ready, out HandshakeMessage ready) || unexpected.Count > 0)
            {
                throw new InvalidDataException("The client's last message of the handshake is malformed.");
            }

            if (ready.Status != HandshakeStatus.Ok)
            {
                throw new HandshakeFailedException(new TachyonHandshakeFailure(
                    HandshakeFailureReason.RefusedByClient, $"The client could not use the shared memory ({ready.Status}).", peer, null));
            }
        }
        finally
        {
            unexpected.ForEach(static descriptor => descriptor.Dispose());
        }
    }

    private static HandshakeMessage Reply(HandshakeStatus status, int capacity0, int capacity1)
        => new(
            MessageKind.Reply,
            HandshakeMessage.Version,
            HandshakeMessage.Version,
            status,
            HandshakeMessage.KnownFeatures,
            0,
            (ulong)capacity0,
            (ulong)capacity1,
            RegionLayout.Version,
            status == HandshakeStatus.Ok ? Descriptors.Count : 0u);
}

/// <summary>A handshake failed at the server, for a reason that is known.</summary>
internal sealed class HandshakeFailedException(TachyonHandshakeFailure failure) : IOException(failure.Message, failure.Exception)
{
    internal TachyonHandshakeFailure Failure { get; } = failure;
}
