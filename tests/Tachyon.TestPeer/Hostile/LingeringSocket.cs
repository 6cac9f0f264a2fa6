using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A TCP socket whose last close waits for an hour: with SO_LINGER, and with bytes that its peer does not read. The close returns when the
/// peer is disposed.
/// </summary>
internal sealed unsafe class LingeringSocket : IDisposable
{
    private const int AfInet = 2;
    private const int SoLinger = 13;
    private const int Seconds = 3600;

    private readonly Socket _peer;

    internal LingeringSocket()
    {
        using var listening = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        listening.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        listening.Listen();
        var address = listening.LocalEndPoint!.Serialize();

        // Not one of .NET, which does more than close(2) when it is disposed.
        Handle = new SafeFileHandle(Libc.Socket(AfInet, Libc.SockStream | Libc.SockCloexec, 0), ownsHandle: true);
        fixed (byte* bytes = address.Buffer.Span)
        {
            if (Libc.Connect(Handle, bytes, address.Size) != 0)
            {
                throw Errno.LastError("connect", "connect the lingering socket");
            }
        }

        _peer = listening.Accept();
        Port = ((IPEndPoint)_peer.RemoteEndPoint!).Port;
        var linger = stackalloc int[2] { 1, Seconds };
        _ = Libc.SetSocketOption(Handle, Libc.SolSocket, SoLinger, linger, 2 * sizeof(int));
        Fill();
    }

    internal SafeFileHandle Handle { get; }

    /// <summary>Its own port: it is in the state FIN_WAIT1 from its last close on.</summary>
    internal int Port { get; }

    public void Dispose() => _peer.Dispose();

    private void Fill()
    {
        var bytes = stackalloc byte[4096];
        for (var full = 0; full < 3;)
        {
            if (Libc.Send(Handle, bytes, 4096, Libc.MsgDontWait | Libc.MsgNoSignal) >= 0)
            {
                full = 0;
                continue;
            }

            full++;
            Thread.Sleep(5);
        }
    }
}
