using System.Buffers.Binary;
using System.Net.Sockets;
using Tachyon.Transport;
using Tachyon.Transport.Internal.Capture;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Tool.Commands.Capture;

/// <summary>A capture that a server sends over the socket on which it was asked for.</summary>
internal sealed class CaptureSource : IDisposable
{
    private static readonly TimeSpan s_timeToAnswer = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan s_timeToEnd = TimeSpan.FromSeconds(5);

    private readonly Socket _socket;
    private readonly CancellationTokenSource _end = new();
    private long _packets;
    private long _dropped;

    private CaptureSource(Socket socket, string what)
    {
        _socket = socket;
        What = what;
    }

    /// <summary>What is captured, for people.</summary>
    internal string What { get; }

    /// <summary>After the end.</summary>
    internal string Summary => $"{_packets} packets captured, {_dropped} dropped because the capture was too slow.";

    /// <exception cref="ToolException">The server refuses.</exception>
    /// <exception cref="NotCaptureServerException">What listens there is no server that knows captures.</exception>
    internal static async Task<CaptureSource> OpenAsync(
        TachyonEndPoint endPoint, CaptureRequest request, string what, CancellationToken cancellationToken)
    {
        var socket = await TachyonConnection.ConnectSocketAsync(endPoint.Path, null, cancellationToken).ConfigureAwait(false);
        try
        {
            using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
            timeout.CancelAfter(s_timeToAnswer);
            Check(await AskAsync(socket, request, endPoint, timeout.Token).ConfigureAwait(false), socket, endPoint);
            return new CaptureSource(socket, what);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            socket.Dispose();
            throw new NotCaptureServerException(endPoint);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    /// <summary>Asks the server to end the capture; what it has captured still comes.</summary>
    internal void Stop()
    {
        _end.CancelAfter(s_timeToEnd);
        try
        {
            _socket.Shutdown(SocketShutdown.Send);
        }
        catch (Exception exception) when (exception is SocketException or ObjectDisposedException)
        {
            // The server ended first.
        }
    }

    /// <summary>Copies the capture to its end.</summary>
    internal async Task CopyToAsync(CaptureOutput output)
    {
        var blocks = new BlockReader(_socket);
        try
        {
            // The header of the section and that of the interface.
            var header = await blocks.ReadAsync(atMost: 1, _end.Token).ConfigureAwait(false);
            header = [.. header, .. await blocks.ReadAsync(atMost: 1, _end.Token).ConfigureAwait(false)];
            await output.OpenAsync(header).ConfigureAwait(false);
            while (await blocks.ReadAsync(atMost: int.MaxValue, _end.Token).ConfigureAwait(false) is { Length: > 0 } some)
            {
                Count(some);
                await output.WriteAsync(some).ConfigureAwait(false);
            }
        }
        catch (OperationCanceledException)
        {
            // The server is stopped, or blocked: what came is kept.
        }
    }

    public void Dispose()
    {
        _socket.Dispose();
        _end.Dispose();
    }

    private static async Task<HandshakeMessage> AskAsync(
        Socket socket, CaptureRequest request, TachyonEndPoint endPoint, CancellationToken cancellationToken)
    {
        try
        {
            await ControlSocket.SendAsync(socket, request.ToMessage(), cancellationToken).ConfigureAwait(false);
            var bytes = await ControlSocket.ReceiveAsync(
                socket, descriptors: null, new ReceiveWait(TimeSpan.Zero), cancellationToken).ConfigureAwait(false);
            return HandshakeMessage.TryRead(bytes, MessageKind.Reply, out var reply)
                ? reply
                : throw new NotCaptureServerException(endPoint);
        }
        catch (Exception exception)
            when (exception is SocketException or EndOfStreamException or NotTachyonException or InvalidDataException)
        {
            throw new NotCaptureServerException(endPoint);
        }
    }

    private static void Check(HandshakeMessage reply, Socket socket, TachyonEndPoint endPoint)
    {
        if (reply.Status == HandshakeStatus.Ok)
        {
            return;
        }

        var user = Users.NameOf(ControlSocket.GetPeer(socket).UserId);
        throw new ToolException(reply.Status switch
        {
            HandshakeStatus.UserNotAllowed =>
                $"The server at '{endPoint}' may be captured by its own user only: run the command as user '{user}', also in place of root.",
            HandshakeStatus.CaptureNotAllowed =>
                $"The server at '{endPoint}' does not allow captures: set its option AllowCapture, or start it with TACHYON_CAPTURE=/path/name.pcapng.",
            HandshakeStatus.CaptureRunning =>
                $"The process of the server at '{endPoint}' is captured already, by another 'tachyon capture' or because of TACHYON_CAPTURE. Its log says where the capture goes.",
            HandshakeStatus.VersionMismatch =>
                $"The server at '{endPoint}' has protocol versions {reply.LowestVersion} to {reply.HighestVersion}, this tool {HandshakeMessage.Version}: update the older one.",
            _ => $"The server at '{endPoint}' refused the capture with status {(uint)reply.Status}. Its log says why.",
        });
    }

    private void Count(ReadOnlySpan<byte> blocks)
    {
        while (!blocks.IsEmpty)
        {
            switch (BinaryPrimitives.ReadUInt32LittleEndian(blocks))
            {
                case PcapngWriter.EnhancedPacket:
                    _packets++;
                    break;
                case PcapngWriter.InterfaceStatistics:
                    _dropped = PcapngWriter.ReadDropped(blocks);
                    break;
            }

            blocks = blocks[(int)BinaryPrimitives.ReadUInt32LittleEndian(blocks[sizeof(uint)..])..];
        }
    }
}

/// <summary>What listens at an address is no Tachyon server, or one that does not know captures.</summary>
internal sealed class NotCaptureServerException(TachyonEndPoint endPoint) : IOException(
    $"What listens at '{endPoint}' does not know captures: it is no Tachyon server, or one of an older version.");
