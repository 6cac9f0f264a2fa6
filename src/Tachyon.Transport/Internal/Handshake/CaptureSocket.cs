using System.Net.Sockets;
using Tachyon.Transport.Internal.Capture;

namespace Tachyon.Transport.Internal.Handshake;

/// <summary>A capture that goes to the process which asked for it. That has our user, so it is trusted not to send descriptors.</summary>
internal sealed class CaptureSocket(Socket socket, TachyonPeer peer) : CaptureOutput
{
    private bool _hasLeft;

    internal override string Target { get; } = $"process {peer.ProcessId} (uid {peer.UserId})";

    /// <summary>Ends the capture when the peer closes its side, also while there is nothing to send to it.</summary>
    internal void StopAtEndOfPeer(CaptureSession session) => _ = WatchAsync(session);

    internal override async ValueTask OpenAsync(ReadOnlyMemory<byte> header)
    {
        var reply = new byte[HandshakeMessage.Size];
        HandshakeMessage.Reply(HandshakeStatus.Ok, 0, 0, 0).Write(reply);
        await SendAsync(reply).ConfigureAwait(false);
        await SendAsync(header).ConfigureAwait(false);
    }

    internal override ValueTask WriteAsync(ReadOnlyMemory<byte> blocks) => SendAsync(blocks);

    public override ValueTask DisposeAsync()
    {
        socket.Dispose();
        return default;
    }

    private async ValueTask SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            while (!bytes.IsEmpty && !_hasLeft)
            {
                bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None).ConfigureAwait(false)..];
            }
        }
        catch (SocketException exception) when (exception.SocketErrorCode is SocketError.Shutdown or SocketError.ConnectionReset)
        {
            // The peer has enough: it closed the socket. What is left in the queue goes nowhere.
            _hasLeft = true;
        }
    }

    private async Task WatchAsync(CaptureSession session)
    {
        var buffer = new byte[1];
        try
        {
            while (await socket.ReceiveAsync(buffer, SocketFlags.None).ConfigureAwait(false) > 0)
            {
                // A later version may send something here.
            }
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // It is gone, or the capture ended first.
        }

        session.Stop();
    }
}
