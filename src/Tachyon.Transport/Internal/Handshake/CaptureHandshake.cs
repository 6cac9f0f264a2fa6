using Tachyon.Transport.Internal.Capture;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>The server's side of a request for a capture: checks who asks, and gives the socket to the capture.</summary>
internal static class CaptureHandshake
{
    /// <summary>Answers the request. When it is granted, the socket is the capture's.</summary>
    /// <exception cref="HandshakeFailedException">It is refused.</exception>
    internal static async Task ServeAsync(
        PendingHandshake handshake,
        HandshakeMessage message,
        TachyonServerOptions options,
        TachyonEndPoint endPoint,
        Action<TachyonCaptureStatus>? changed,
        CancellationToken cancellationToken)
    {
        var request = CaptureRequest.From(message);
        if (message.LowestVersion > HandshakeMessage.Version || message.HighestVersion < HandshakeMessage.Version)
        {
            await RefuseAsync(
                handshake,
                HandshakeStatus.VersionMismatch,
                TachyonHandshakeFailureReason.VersionMismatch,
                $"It asks for a capture in protocol versions {message.LowestVersion} to {message.HighestVersion}, this server has version {HandshakeMessage.Version}.",
                cancellationToken).ConfigureAwait(false);
        }

        if (!handshake.IsOwnUser)
        {
            // The captured bytes are those of all users, whatever this one may call.
            await RefuseAsync(
                handshake,
                HandshakeStatus.UserNotAllowed,
                TachyonHandshakeFailureReason.UserNotAllowed,
                $"User {handshake.Peer.UserId} (process {handshake.Peer.ProcessId}) asks for a capture, which only the server's own user may.",
                cancellationToken).ConfigureAwait(false);
        }

        if (!options.AllowCapture)
        {
            await RefuseAsync(
                handshake,
                HandshakeStatus.CaptureNotAllowed,
                TachyonHandshakeFailureReason.UserNotAllowed,
                $"Process {handshake.Peer.ProcessId} asks for a capture, which {nameof(TachyonServerOptions.AllowCapture)} forbids.",
                cancellationToken).ConfigureAwait(false);
        }

        var scope = new CaptureScope(request.IsWholeProcess ? null : endPoint.Path, request.ClientProcessId);
        var snapLength = Math.Clamp(request.SnapLength, CaptureLimits.MinSnapLength, CaptureLimits.MaxSnapLength);
        var output = new CaptureSocket(handshake.Socket, handshake.Peer);
        if (!CaptureSession.TryCreate(scope, output, snapLength, out var session))
        {
            await RefuseAsync(
                handshake,
                HandshakeStatus.CaptureRunning,
                TachyonHandshakeFailureReason.LimitReached,
                $"Process {handshake.Peer.ProcessId} asks for a capture, but one to {session.Status.Target} runs.",
                cancellationToken).ConfigureAwait(false);
        }

        handshake.ReleaseSocket();

        // The log first: the capture may be over before the next line.
        session.Report(changed);
        session.Begin();
        output.StopAtEndOfPeer(session);
    }

    private static async Task RefuseAsync(
        PendingHandshake handshake,
        HandshakeStatus status,
        TachyonHandshakeFailureReason reason,
        string message,
        CancellationToken cancellationToken)
    {
        await ServerHandshake.RefuseAsync(handshake.Socket, status, cancellationToken).ConfigureAwait(false);
        throw new HandshakeFailedException(new TachyonHandshakeFailure(reason, message, handshake.Peer, null));
    }
}
