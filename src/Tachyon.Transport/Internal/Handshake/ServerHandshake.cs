using System.Net.Sockets;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Memory;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>The server's side of the handshake on one accepted socket.</summary>
internal static class ServerHandshake
{
    private static readonly TimeSpan s_pauseForSecondByte = TimeSpan.FromMilliseconds(5);

    /// <summary>Runs the handshake. The caller closes the socket, unless it goes on as that of an ordinary client.</summary>
    internal static async Task<AcceptedClient> RunAsync(
        PendingHandshake handshake,
        ConnectionQuota quota,
        TachyonServerOptions options,
        TachyonEndPoint endPoint,
        Func<Exception, Exception> mapFailure,
        bool takesOrdinary,
        CancellationToken stopping)
    {
        IDisposable? claim = null;
        try
        {
            if (await ReceiveHelloAsync(handshake, takesOrdinary, stopping).ConfigureAwait(false) is not { } hello)
            {
                return AcceptedClient.Over(TakeOrdinary(handshake, quota, options));
            }

            await RefuseMismatchAsync(handshake, hello, options, stopping).ConfigureAwait(false);
            claim = await ClaimAsync(handshake, quota, stopping).ConfigureAwait(false);
            return AcceptedClient.Over(
                await GrantAsync(handshake, hello, claim, options, endPoint, mapFailure, stopping).ConfigureAwait(false));
        }
        catch (Exception exception)
        {
            claim?.Dispose();
            throw exception switch
            {
                HandshakeFailedException => exception,
                OperationCanceledException when stopping.IsCancellationRequested =>
                    Failure(HandshakeFailureReason.Stopping, "The listener stopped during the handshake.", exception),
                OperationCanceledException when handshake.IsGivenUp =>
                    Failure(
                        HandshakeFailureReason.LimitReached,
                        $"The client was silent while all {options.MaximumPendingHandshakes} places for handshakes ({nameof(TachyonServerOptions.MaximumPendingHandshakes)}) were taken, and had to give way.",
                        null),
                OperationCanceledException =>
                    Failure(HandshakeFailureReason.Timeout, $"The client did not finish the handshake within {options.HandshakeTimeout.TotalSeconds:0.###} s.", null),
                NotTachyonException =>
                    Failure(HandshakeFailureReason.NotATachyonClient, "The client does not speak the Tachyon handshake.", null),
                EndOfStreamException or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } =>
                    Failure(HandshakeFailureReason.ClientGone, "The client closed the socket before the handshake was over.", null),
                InvalidDataException => Failure(HandshakeFailureReason.Malformed, exception.Message, null),
                _ => Failure(HandshakeFailureReason.Error, exception.Message, exception),
            };
        }

        HandshakeFailedException Failure(HandshakeFailureReason reason, string message, Exception? cause)
            => new(new TachyonHandshakeFailure(reason, message, handshake.Peer, cause));
    }

    /// <summary>Looks at the first bytes without taking them: those of another protocol stay for whoever serves it.</summary>
    private static async Task<bool> BeginsWithHelloAsync(PendingHandshake handshake)
    {
        byte[] bytes = new byte[sizeof(uint)];
        handshake.Waits();
        try
        {
            while (true)
            {
                if (ControlSocket.TryPeek(handshake.Socket, bytes) is not { } count)
                {
                    await handshake.WaitReadableAsync().ConfigureAwait(false);
                    continue;
                }

                if (count == 0)
                {
                    throw new EndOfStreamException();
                }

                // From two bytes on nothing else begins like it: "TRACE" is the only method of HTTP (RFC 9110) with a T.
                bool mayBeHello = HandshakeMessage.MayBegin(bytes.AsSpan(0, count));
                if (count > 1 || !mayBeHello)
                {
                    return mayBeHello;
                }

                // A lone "T". The socket stays readable, so nothing wakes us for the next byte; the timeout of the handshake bounds this.
                handshake.Waits(untaken: count);
                await handshake.DelayAsync(s_pauseForSecondByte).ConfigureAwait(false);
            }
        }
        finally
        {
            handshake.Heard();
        }
    }

    /// <summary>The rules are those of our own clients; but an ordinary one that is not taken can only be hung up on.</summary>
    private static OrdinaryClient TakeOrdinary(PendingHandshake handshake, ConnectionQuota quota, TachyonServerOptions options)
    {
        if (!IsAllowed(handshake, options))
        {
            throw NotAllowed(handshake);
        }

        IDisposable claim = quota.TryClaim(handshake.Peer, handshake.IsOwnUser, out string? refusal)
            ?? throw new HandshakeFailedException(
                new TachyonHandshakeFailure(HandshakeFailureReason.LimitReached, refusal!, handshake.Peer, null));
        return new OrdinaryClient(handshake.Socket, handshake.Peer, handshake.GroupIds, claim);
    }

    /// <returns>Null for a client that begins with another protocol, where those are taken.</returns>
    private static async Task<HandshakeMessage?> ReceiveHelloAsync(
        PendingHandshake handshake, bool takesOrdinary, CancellationToken cancellationToken)
    {
        try
        {
            if (takesOrdinary && !await BeginsWithHelloAsync(handshake).ConfigureAwait(false))
            {
                return null;
            }

            return await ReceiveAsync(handshake, MessageKind.Hello, "hello", TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (handshake.IsGivenUp)
        {
            // Only slow, perhaps: then it learns why. Nothing was sent to it before, so this does not wait.
            await RefuseAsync(handshake.Socket, HandshakeStatus.LimitReached, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A message without descriptors, for which the client is not given more time than others want its place.</summary>
    private static async Task<HandshakeMessage> ReceiveAsync(
        PendingHandshake handshake, MessageKind kind, string name, TimeSpan patience, CancellationToken cancellationToken)
    {
        handshake.Waits();
        try
        {
            byte[] bytes = await ControlSocket.ReceiveAsync(
                handshake.Socket, descriptors: null, patience, cancellationToken, handshake.WaitReadableAsync).ConfigureAwait(false);
            return !HandshakeMessage.TryRead(bytes, kind, out HandshakeMessage message)
                ? throw new InvalidDataException($"The client's {name} is malformed.")
                : message;
        }
        finally
        {
            handshake.Heard();
        }
    }

    private static async Task RefuseMismatchAsync(
        PendingHandshake handshake, HandshakeMessage hello, TachyonServerOptions options, CancellationToken cancellationToken)
    {
        TachyonPeer peer = handshake.Peer;
        (HandshakeStatus Status, HandshakeFailureReason Reason, string Message)? refusal = null;
        if (!IsAllowed(handshake, options))
        {
            await RefuseAsync(handshake.Socket, HandshakeStatus.UserNotAllowed, cancellationToken).ConfigureAwait(false);
            throw NotAllowed(handshake);
        }

        if (hello.LowestVersion > HandshakeMessage.Version || hello.HighestVersion < HandshakeMessage.Version)
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

        else if (!handshake.IsOwnUser && (hello.Features & HandshakeMessage.GuardedDoorbells) == 0)
        {
            refusal = (
                HandshakeStatus.FeatureMismatch,
                HandshakeFailureReason.VersionMismatch,
                $"The client of user {peer.UserId} lacks the doorbells that are required between users.");
        }

        if (refusal is { } no)
        {
            await RefuseAsync(handshake.Socket, no.Status, cancellationToken).ConfigureAwait(false);
            throw new HandshakeFailedException(new TachyonHandshakeFailure(no.Reason, no.Message, peer, null));
        }

        // Only now: another version may give these fields another meaning.
        if (!RegionLayout.IsValidCapacity((long)hello.RingSize0) || !RegionLayout.IsValidCapacity((long)hello.RingSize1))
        {
            throw new InvalidDataException($"The client's hello is malformed: it asks for rings of {hello.RingSize0} and {hello.RingSize1} bytes.");
        }
    }

    private static HandshakeFailedException NotAllowed(PendingHandshake handshake)
        => new(new TachyonHandshakeFailure(
            HandshakeFailureReason.UserNotAllowed,
            $"User {handshake.Peer.UserId} (group {handshake.Peer.GroupId}, process {handshake.Peer.ProcessId}) is not allowed to connect. To allow it, add the user to {nameof(TachyonServerOptions.AllowedUserIds)} or one of its groups to {nameof(TachyonServerOptions.AllowedGroupIds)}.",
            handshake.Peer,
            null));

    private static bool IsAllowed(PendingHandshake handshake, TachyonServerOptions options)
        => handshake.IsOwnUser
        || options.AllowedUserIds.Contains(handshake.Peer.UserId)
        || (options.AllowedGroupIds.Count > 0
            && (options.AllowedGroupIds.Contains(handshake.Peer.GroupId) || handshake.GroupIds.Any(options.AllowedGroupIds.Contains)));

    private static async Task<IDisposable> ClaimAsync(PendingHandshake handshake, ConnectionQuota quota, CancellationToken cancellationToken)
    {
        if (quota.TryClaim(handshake.Peer, handshake.IsOwnUser, out string? refusal) is { } claim)
        {
            return claim;
        }

        await RefuseAsync(handshake.Socket, HandshakeStatus.LimitReached, cancellationToken).ConfigureAwait(false);
        throw new HandshakeFailedException(
            new TachyonHandshakeFailure(HandshakeFailureReason.LimitReached, refusal!, handshake.Peer, null));
    }

    private static async Task<TachyonConnection> GrantAsync(
        PendingHandshake handshake,
        HandshakeMessage hello,
        IDisposable claim,
        TachyonServerOptions options,
        TachyonEndPoint endPoint,
        Func<Exception, Exception> mapFailure,
        CancellationToken cancellationToken)
    {
        Socket socket = handshake.Socket;
        TachyonPeer peer = handshake.Peer;
        int capacity0 = (int)Math.Min(hello.RingSize0, (ulong)options.ReceiveRingSize);
        int capacity1 = (int)Math.Min(hello.RingSize1, (ulong)options.SendRingSize);
        bool guarded = !handshake.IsOwnUser || (hello.RequiredFeatures & HandshakeMessage.GuardedDoorbells) != 0;
        SafeFileHandle? ownDoorbell = null;
        SafeFileHandle? clientDoorbell = null;
        SafeFileHandle? lifeline = null;
        SharedRegion? region = null;
        try
        {
            try
            {
                using SafeFileHandle memory = SharedRegion.CreateMemory(capacity0, capacity1, endPoint.Path);
                (ownDoorbell, SafeFileHandle ownRinger) = CreateDoorbell(guarded);
                using SafeFileHandle? toClose = guarded ? ownRinger : null;
                (SafeFileHandle clientSleeper, clientDoorbell) = CreateDoorbell(guarded);
                using SafeFileHandle? alsoToClose = guarded ? clientSleeper : null;
                (lifeline, SafeFileHandle clientLifeline) = Descriptors.CreateLifeline();

                // Ours would keep the client's end of the lifeline alive beyond the client.
                using (clientLifeline)
                {
                    region = SharedRegion.Map(memory, capacity0, capacity1);
                    region.Identify(Libc.GetProcessId(), peer.ProcessId);
                    HandshakeMessage reply = Reply(
                        HandshakeStatus.Ok, capacity0, capacity1, guarded ? HandshakeMessage.GuardedDoorbells : 0);
                    ControlSocket.SendWithDescriptors(socket, reply, [memory, ownRinger, clientSleeper, clientLifeline]);
                }
            }
            catch (Exception exception) when (exception is IOException or OutOfMemoryException)
            {
                await RefuseAsync(socket, HandshakeStatus.NoSharedMemory, cancellationToken).ConfigureAwait(false);
                throw;
            }

            await ReceiveReadyAsync(handshake, cancellationToken).ConfigureAwait(false);

            // Before the first byte of data is read or written here.
            uint[] groups = handshake.GroupIds;
            socket.Dispose();
            var end = new ConnectionEnd(region, isServer: true, ownDoorbell, clientDoorbell, lifeline, options.WaitMode, guarded)
            {
                Claim = claim,
                PeerUserId = peer.UserId,
            };
            var connection = new TachyonConnection(end, peer, endPoint, mapFailure) { PeerGroupIds = groups };
            connection.Start();
            return connection;
        }
        catch
        {
            ownDoorbell?.Dispose();
            clientDoorbell?.Dispose();
            lifeline?.Dispose();
            region?.Release();
            throw;
        }
    }

    private static async Task ReceiveReadyAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        HandshakeMessage ready = await ReceiveAsync(
            handshake, MessageKind.Ready, "last message of the handshake", ControlSocket.Patience, cancellationToken).ConfigureAwait(false);
        if (ready.Status != HandshakeStatus.Ok)
        {
            throw new HandshakeFailedException(new TachyonHandshakeFailure(
                HandshakeFailureReason.RefusedByClient, $"The client could not use the shared memory ({ready.Status}).", handshake.Peer, null));
        }
    }

    /// <summary>Tells the client that it is not taken. The first and last message to it.</summary>
    internal static Task RefuseAsync(Socket socket, HandshakeStatus status, CancellationToken cancellationToken)
        => ControlSocket.SendAsync(socket, Reply(status, 0, 0, HandshakeMessage.KnownFeatures), cancellationToken);

    private static (SafeFileHandle Sleeper, SafeFileHandle Ringer) CreateDoorbell(bool guarded)
    {
        if (guarded)
        {
            return Descriptors.CreateGuardedDoorbell();
        }

        SafeFileHandle both = Descriptors.CreateDoorbell();
        return (both, both);
    }

    private static HandshakeMessage Reply(HandshakeStatus status, int capacity0, int capacity1, ulong features)
        => new(
            MessageKind.Reply,
            HandshakeMessage.Version,
            HandshakeMessage.Version,
            status,
            features,
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
