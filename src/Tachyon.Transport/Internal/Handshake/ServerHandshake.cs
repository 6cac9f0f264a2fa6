using System.Net.Sockets;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>The server's side of the handshakes of one listener.</summary>
internal sealed class ServerHandshake(
    ConnectionQuota quota,
    TachyonServerOptions options,
    TachyonEndPoint endPoint,
    TachyonListenerSettings settings,
    PreparedParts prepared,
    ReusableMemory reusable,
    SharedMemoryRefusal? sharedMemoryOff)
{
    private readonly ulong _supported = HandshakeMessage.KnownFeatures | HandshakeMessage.OfApplication(settings.ApplicationFeatures);

    private static readonly TimeSpan s_pauseForSecondByte = TimeSpan.FromMilliseconds(5);

    /// <summary>Runs the handshake. The caller closes the socket, unless it becomes the socket of a plain socket client.</summary>
    /// <returns>The client; neither a connection nor a socket client when the socket was given to a capture.</returns>
    internal async Task<TachyonAcceptedClient> RunAsync(PendingHandshake handshake, CancellationToken stopping)
    {
        try
        {
            if (await ReceiveHelloAsync(handshake, stopping).ConfigureAwait(false) is not { } hello)
            {
                return new TachyonAcceptedClient(null, TakeSocketClient(handshake));
            }

            if (hello.Kind == MessageKind.Capture)
            {
                await CaptureHandshake
                    .ServeAsync(handshake, hello, options, endPoint, settings.CaptureChanged, stopping).ConfigureAwait(false);
                return default;
            }

            await RefuseMismatchAsync(handshake, hello, stopping).ConfigureAwait(false);
            await RefuseIfOffAsync(handshake, stopping).ConfigureAwait(false);
            var claim = await ClaimAsync(handshake, stopping).ConfigureAwait(false);
            var features = HandshakeMessage.ApplicationFeatures(hello.Features & _supported);
            var offer = new ConnectionOffer(handshake, hello, options, endPoint, features, prepared, reusable);
            return new TachyonAcceptedClient(await GrantAsync(handshake, offer, claim, stopping).ConfigureAwait(false), null);
        }
        catch (Exception exception)
        {
            throw exception switch
            {
                HandshakeFailedException => exception,
                OperationCanceledException when stopping.IsCancellationRequested =>
                    Failure(TachyonHandshakeFailureReason.Stopping, "The listener stopped during the handshake.", exception),
                OperationCanceledException when handshake.IsCanceled =>
                    Failure(
                        TachyonHandshakeFailureReason.LimitReached,
                        $"The client was silent while all {options.MaxPendingHandshakes} places for handshakes ({nameof(TachyonServerOptions.MaxPendingHandshakes)}) were taken, and had to give way: raise the limit, or find the clients that connect and send nothing.",
                        null),
                OperationCanceledException =>
                    Failure(TachyonHandshakeFailureReason.Timeout, $"The client did not finish the handshake within {options.HandshakeTimeout.TotalSeconds:0.###} s.", null),
                NotTachyonException =>
                    Failure(TachyonHandshakeFailureReason.NotATachyonClient, "The client does not speak the Tachyon handshake.", null),
                EndOfStreamException or SocketException { SocketErrorCode: SocketError.ConnectionReset or SocketError.Shutdown } =>
                    Failure(TachyonHandshakeFailureReason.ClientGone, "The client closed the socket before the handshake was over.", null),
                InvalidDataException => Failure(TachyonHandshakeFailureReason.Malformed, exception.Message, null),
                _ => Failure(TachyonHandshakeFailureReason.Error, exception.Message, exception),
            };
        }

        HandshakeFailedException Failure(TachyonHandshakeFailureReason reason, string message, Exception? cause)
            => new(new TachyonHandshakeFailure(reason, message, handshake.Peer, cause));
    }

    /// <summary>Peeks at the first bytes: those of another protocol stay in the socket for the server of that protocol.</summary>
    private static async Task<bool> BeginsWithHelloAsync(PendingHandshake handshake)
    {
        var bytes = new byte[sizeof(uint)];
        var hasYielded = false;
        handshake.OnWaiting();
        try
        {
            while (true)
            {
                if (ControlSocket.TryPeek(handshake.Socket, bytes) is not { } count)
                {
                    if (!hasYielded)
                    {
                        // Its connect has woken this thread before the client could send. Once: a client that is silent must cost no more.
                        hasYielded = true;
                        _ = Thread.Yield();
                        continue;
                    }

                    await handshake.WaitReadableAsync().ConfigureAwait(false);
                    continue;
                }

                if (count == 0)
                {
                    throw new EndOfStreamException();
                }

                // From two bytes on nothing else begins like it: "TRACE" is the only method of HTTP (RFC 9110) with a T.
                var mayBeHello = HandshakeMessage.MayBegin(bytes.AsSpan(0, count));
                if (count > 1 || !mayBeHello)
                {
                    return mayBeHello;
                }

                // A lone "T". The socket stays readable, so nothing wakes us for the next byte; the timeout of the handshake bounds this.
                handshake.OnWaiting(peeked: count);
                await handshake.DelayAsync(s_pauseForSecondByte).ConfigureAwait(false);
            }
        }
        finally
        {
            handshake.OnReceived();
        }
    }

    /// <summary>The rules are those of our own clients; but a plain socket client that is refused can only be disconnected.</summary>
    private TachyonSocketClient TakeSocketClient(PendingHandshake handshake)
    {
        var claim = quota.TryClaim(handshake.Peer, handshake.IsOwnUser, out var refusal)
            ?? throw new HandshakeFailedException(
                new TachyonHandshakeFailure(TachyonHandshakeFailureReason.LimitReached, refusal!, handshake.Peer, null));
        return new TachyonSocketClient(handshake.Socket, handshake.Peer, handshake.GroupIds, claim);
    }

    /// <returns>Null for a client that begins with another protocol, where those are taken.</returns>
    private async Task<HandshakeMessage?> ReceiveHelloAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        try
        {
            if (settings.AcceptSocketClients && !await BeginsWithHelloAsync(handshake).ConfigureAwait(false))
            {
                return null;
            }

            return await ReceiveAsync(handshake, MessageKind.Hello, "hello", TimeSpan.Zero, cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (handshake.IsCanceled)
        {
            // It may only be slow: then it gets the reason. Nothing was sent to it before, so this does not block.
            await RefuseAsync(handshake.Socket, HandshakeStatus.LimitReached, CancellationToken.None).ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>A message without descriptors. The wait for it is canceled when others need the place.</summary>
    private static async Task<HandshakeMessage> ReceiveAsync(
        PendingHandshake handshake, MessageKind kind, string name, TimeSpan pollBeforeWait, CancellationToken cancellationToken)
    {
        handshake.OnWaiting();
        try
        {
            var bytes = await ControlSocket.ReceiveAsync(
                handshake.Socket,
                descriptors: null,
                new ReceiveWait(pollBeforeWait, handshake.WaitReadableAsync),
                cancellationToken).ConfigureAwait(false);
            var isRead = HandshakeMessage.TryRead(bytes, kind, out var message)
                || (kind == MessageKind.Hello && HandshakeMessage.TryRead(bytes, MessageKind.Capture, out message));
            return !isRead
                ? throw new InvalidDataException($"The client's {name} is malformed.")
                : message;
        }
        finally
        {
            handshake.OnReceived();
        }
    }

    private async Task RefuseMismatchAsync(
        PendingHandshake handshake, HandshakeMessage hello, CancellationToken cancellationToken)
    {
        var peer = handshake.Peer;
        (HandshakeStatus Status, TachyonHandshakeFailureReason Reason, string Message)? refusal = null;
        if (hello.LowestVersion > HandshakeMessage.Version || hello.HighestVersion < HandshakeMessage.Version)
        {
            refusal = (
                HandshakeStatus.VersionMismatch,
                TachyonHandshakeFailureReason.VersionMismatch,
                $"The client speaks protocol versions {hello.LowestVersion} to {hello.HighestVersion}, this server version {HandshakeMessage.Version}.");
        }
        else if ((hello.RequiredFeatures & ~_supported) != 0)
        {
            refusal = (
                HandshakeStatus.FeatureMismatch,
                TachyonHandshakeFailureReason.VersionMismatch,
                $"The client requires features 0x{hello.RequiredFeatures:x}, this server has 0x{_supported:x} (protocol version {HandshakeMessage.Version}).");
        }
        else if (!handshake.IsOwnUser && (hello.Features & HandshakeMessage.SocketPairDoorbells) == 0)
        {
            refusal = (
                HandshakeStatus.FeatureMismatch,
                TachyonHandshakeFailureReason.VersionMismatch,
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

    /// <summary>Before the client has sent anything: clients of users that are not allowed occupy no place.</summary>
    /// <exception cref="HandshakeFailedException">The user may not connect.</exception>
    internal async Task RefuseIfNotAllowedAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        if (handshake.IsOwnUser
            || options.AllowedUserIds.Contains(handshake.Peer.UserId)
            || (options.AllowedGroupIds.Count > 0
                && (options.AllowedGroupIds.Contains(handshake.Peer.GroupId) || handshake.GroupIds.Any(options.AllowedGroupIds.Contains))))
        {
            return;
        }

        await RefuseUnreadAsync(handshake.Socket, HandshakeStatus.UserNotAllowed, cancellationToken).ConfigureAwait(false);
        throw new HandshakeFailedException(new TachyonHandshakeFailure(
            TachyonHandshakeFailureReason.UserNotAllowed,
            $"User {handshake.Peer.UserId} (group {handshake.Peer.GroupId}, process {handshake.Peer.ProcessId}) is not allowed to connect. To allow it, add the user to {nameof(TachyonServerOptions.AllowedUserIds)} or one of its groups to {nameof(TachyonServerOptions.AllowedGroupIds)}.",
            handshake.Peer,
            null));
    }

    /// <exception cref="HandshakeFailedException">The listener grants no shared memory.</exception>
    private async Task RefuseIfOffAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        if (sharedMemoryOff is not { } off)
        {
            return;
        }

        var reply = HandshakeMessage.Reply(HandshakeStatus.NoSharedMemory, 0, 0, HandshakeMessage.KnownFeatures);
        await ControlSocket.SendAsync(handshake.Socket, reply with { Detail = off.Detail }, cancellationToken).ConfigureAwait(false);
        throw new HandshakeFailedException(new TachyonHandshakeFailure(
            TachyonHandshakeFailureReason.SharedMemoryOff,
            $"The client asked for shared memory, which the server does not grant: {off.Reason}.",
            handshake.Peer,
            null));
    }

    private async Task<IDisposable> ClaimAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        if (quota.TryClaim(handshake.Peer, handshake.IsOwnUser, out var refusal) is { } claim)
        {
            return claim;
        }

        await RefuseAsync(handshake.Socket, HandshakeStatus.LimitReached, cancellationToken).ConfigureAwait(false);
        throw new HandshakeFailedException(
            new TachyonHandshakeFailure(TachyonHandshakeFailureReason.LimitReached, refusal!, handshake.Peer, null));
    }

    /// <summary>Sends the offer and waits until the client has accepted it. The claim becomes the connection's, or is disposed.</summary>
    private static async Task<TachyonConnection> GrantAsync(
        PendingHandshake handshake, ConnectionOffer offer, IDisposable claim, CancellationToken cancellationToken)
    {
        IDisposable? inFlight = null;
        try
        {
            inFlight = await CountInFlightAsync(handshake, cancellationToken).ConfigureAwait(false);
            await SendAsync(handshake.Socket, offer, cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            inFlight?.Dispose();
            claim.Dispose();
            throw;
        }

        try
        {
            if (!offer.ReusesMemory)
            {
                await ReceiveReadyAsync(handshake, cancellationToken).ConfigureAwait(false);
            }

            inFlight?.Dispose();

            // Before the first byte of data is read or written here.
            var groups = handshake.GroupIds;
            handshake.Close();
            return offer.Start(claim, groups);
        }
        catch
        {
            await offer.AbandonAsync(new BothClaims(claim, inFlight)).ConfigureAwait(false);
            throw;
        }
    }

    private static async Task SendAsync(Socket socket, ConnectionOffer offer, CancellationToken cancellationToken)
    {
        try
        {
            await offer.SendAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (Exception exception) when (exception is IOException or OutOfMemoryException)
        {
            await RefuseAsync(socket, HandshakeStatus.NoSharedMemory, cancellationToken).ConfigureAwait(false);
            throw;
        }
    }

    /// <returns>Null for the server's own user, whose processes could use up its limits in other ways, too.</returns>
    private static async Task<IDisposable?> CountInFlightAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        if (handshake.IsOwnUser)
        {
            return null;
        }

        if (DescriptorsInFlight.TryAdd(handshake.Peer.UserId, out var refusal) is { } reply)
        {
            return reply;
        }

        await RefuseAsync(handshake.Socket, HandshakeStatus.LimitReached, cancellationToken).ConfigureAwait(false);
        throw new HandshakeFailedException(
            new TachyonHandshakeFailure(TachyonHandshakeFailureReason.LimitReached, refusal!, handshake.Peer, null));
    }

    private static async Task ReceiveReadyAsync(PendingHandshake handshake, CancellationToken cancellationToken)
    {
        var ready = await ReceiveAsync(
            handshake, MessageKind.Ready, "last message of the handshake", ControlSocket.PollBeforeWait, cancellationToken).ConfigureAwait(false);
        if (ready.Status != HandshakeStatus.Ok)
        {
            throw new HandshakeFailedException(new TachyonHandshakeFailure(
                TachyonHandshakeFailureReason.RefusedByClient, $"The client could not use the shared memory ({ready.Status}).", handshake.Peer, null));
        }

        // The descriptors of an unread reply are still in flight, and would count against our user for as long as the client likes.
        if (!handshake.IsOwnUser && ControlSocket.HasUnreadBytes(handshake.Socket))
        {
            throw new InvalidDataException("The client ended the handshake before it had read the reply.");
        }
    }

    /// <summary>Refuses the client. The first and last message to it.</summary>
    internal static Task RefuseAsync(Socket socket, HandshakeStatus status, CancellationToken cancellationToken)
        => ControlSocket.SendAsync(socket, HandshakeMessage.Reply(status, 0, 0, HandshakeMessage.KnownFeatures), cancellationToken);

    /// <summary>
    /// Refuses a client that may not have sent anything yet. One that speaks another protocol would not understand the reason.
    /// </summary>
    internal static Task RefuseUnreadAsync(Socket socket, HandshakeStatus status, CancellationToken cancellationToken)
    {
        var bytes = new byte[sizeof(uint)];
        var count = ControlSocket.TryPeek(socket, bytes) ?? 0;
        return HandshakeMessage.MayBegin(bytes.AsSpan(0, count)) ? RefuseAsync(socket, status, cancellationToken) : Task.CompletedTask;
    }
}

/// <summary>Why a listener grants no shared memory: for its clients, and for its log.</summary>
internal sealed record SharedMemoryRefusal(HandshakeDetail Detail, string Reason);

/// <summary>What a client occupies until it has accepted its connection.</summary>
internal sealed class BothClaims(IDisposable claim, IDisposable? inFlight) : IDisposable
{
    public void Dispose()
    {
        claim.Dispose();
        inFlight?.Dispose();
    }
}

/// <summary>A handshake failed at the server, for a reason that is known.</summary>
internal sealed class HandshakeFailedException(TachyonHandshakeFailure failure) : IOException(failure.Message, failure.Exception)
{
    internal TachyonHandshakeFailure Failure { get; } = failure;
}
