using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>The listening socket of a server: one of its own, with its file, or one that the service manager left to the process.</summary>
/// <remarks>
/// Not made by <see cref="Socket.Bind"/>, which would delete whatever is at the path when it closes: by then
/// that may be the socket of a successor.
/// </remarks>
internal sealed unsafe class ListeningSocket : IDisposable
{
    private readonly SocketFile? _file;
    private readonly bool _descriptorsMayReachClients;

    private ListeningSocket(Socket socket, SocketFile? file, bool descriptorsMayReachClients)
    {
        Socket = socket;
        _file = file;
        _descriptorsMayReachClients = descriptorsMayReachClients;
    }

    internal Socket Socket { get; }

    /// <summary>Whether the service manager made it: its file, with mode and owner, is the manager's, and stays when we end.</summary>
    internal bool IsInherited { get; private init; }

    /// <summary>The process whose server this one has taken over from; null where none ran, 0 where its number is not known.</summary>
    internal int? PredecessorId => _file?.Predecessor?.ProcessId;

    /// <summary>Whether no further client can find it: another server took over, or the file was removed.</summary>
    internal bool IsReplaced => _file is not null && !_file.IsAtPath();

    /// <exception cref="SocketException">Address in use; the message names what uses it.</exception>
    /// <exception cref="IOException">Any other error; the message states what to do.</exception>
    internal static ListeningSocket Create(TachyonEndPoint endPoint, TachyonServerOptions options)
    {
        if (InheritedSockets.Find(endPoint) is { } inherited)
        {
            // For clients that connect from now on. The descriptor of the service manager stays open, so our close closes no client that
            // waits.
            _ = PassRights.TryTurnOff(inherited);
            return new ListeningSocket(new Socket(inherited), file: null, descriptorsMayReachClients: false) { IsInherited = true };
        }

        var fd = Libc.Socket(Libc.AfUnix, Libc.SockStream | Libc.SockCloexec, 0);
        if (fd < 0)
        {
            throw Errno.LastError("socket", $"listen on '{endPoint}'");
        }

        var handle = new SafeSocketHandle(fd, ownsHandle: true);
        SocketFile? file = null;
        try
        {
            if (endPoint.IsAbstract)
            {
                BindAbstract(handle, endPoint);
            }
            else
            {
                file = SocketFile.Open(endPoint);
                file.Bind(handle, options);
            }

            // Before the first client can connect: its socket takes this over from here.
            var refused = PassRights.TryTurnOff(handle);
            if (Libc.Listen(handle, options.Backlog) != 0)
            {
                throw Errno.LastError("listen", $"listen on '{endPoint}'");
            }

            file?.EndTurn();
            return new ListeningSocket(new Socket(handle), file, !refused);
        }
        catch
        {
            file?.Remove();
            file?.Dispose();
            handle.Dispose();
            throw;
        }
    }

    /// <summary>Removes the file, if it is still ours, and stops listening.</summary>
    public void Dispose()
    {
        _file?.Remove();
        _file?.Dispose();
        if (_descriptorsMayReachClients)
        {
            // The close closes the clients that were not accepted, with the descriptors that they sent. No client connects after the
            // shutdown.
            _ = Libc.Shutdown(Socket.SafeHandle, Libc.ShutdownRead);
            PeerThread.Run(PeerThread.AnyUser, Socket.Dispose);
        }
        else
        {
            Socket.Dispose();
        }
    }

    private static void BindAbstract(SafeSocketHandle socket, TachyonEndPoint endPoint)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        var length = SocketAddress.Write(address, endPoint);
        if (Libc.Bind(socket, address, length) != 0)
        {
            throw SocketFile.ToException(Marshal.GetLastPInvokeError(), endPoint);
        }
    }
}
