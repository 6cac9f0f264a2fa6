using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Handshake;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>
/// Listening sockets that the service manager made and left to this process: socket activation, sd_listen_fds(3). The descriptors begin at
/// 3, <c>LISTEN_FDS</c> is their number, and <c>LISTEN_PID</c> the process that they are for.
/// </summary>
internal static unsafe class InheritedSockets
{
    private const int FirstDescriptor = 3;

    private static readonly ConcurrentDictionary<int, bool> s_used = new();

    /// <summary>The addresses of those Unix sockets that no endpoint of this process was found to listen at.</summary>
    internal static IReadOnlyList<string> Unused()
    {
        var addresses = new List<string>();
        foreach (var descriptor in Descriptors())
        {
            using var inherited = new SafeFileHandle(descriptor, ownsHandle: false);
            if (!s_used.ContainsKey(descriptor) && Listens(inherited) && SocketAddress.TryRead(inherited, out var address))
            {
                addresses.Add(address);
            }
        }

        return addresses;
    }

    /// <summary>The one that listens at the end point, as a descriptor of our own; null when there is none.</summary>
    internal static SafeSocketHandle? Find(TachyonEndPoint endPoint)
    {
        var wanted = stackalloc byte[SocketAddress.MaxSize];
        var wantedSize = SocketAddress.Write(wanted, endPoint);
        foreach (var descriptor in Descriptors())
        {
            // Not closed here: a host that starts again in this process must find it again.
            using var inherited = new SafeFileHandle(descriptor, ownsHandle: false);
            if (!ListensAt(inherited, new ReadOnlySpan<byte>(wanted, wantedSize)))
            {
                continue;
            }

            s_used[descriptor] = true;

            // Children must not inherit it in their turn; the one that is used is closed with the listener.
            _ = Libc.Fcntl(inherited, Libc.FSetFd, Libc.FdCloexec);
            var own = Libc.Fcntl(inherited, Libc.FDupFdCloexec, 0);
            return own >= 0 ? new SafeSocketHandle(own, ownsHandle: true)
                : throw Errno.LastError("fcntl(F_DUPFD_CLOEXEC)", $"listen on the inherited socket of '{endPoint}'");
        }

        return null;
    }

    private static bool ListensAt(SafeFileHandle socket, ReadOnlySpan<byte> wanted)
    {
        var address = stackalloc byte[SocketAddress.MaxSize];
        var size = SocketAddress.MaxSize;
        if (Libc.GetSocketName(socket, address, &size) != 0)
        {
            return false;
        }

        return SocketAddress.AreSame(new ReadOnlySpan<byte>(address, Math.Min(size, SocketAddress.MaxSize)), wanted) && Listens(socket);
    }

    private static bool Listens(SafeFileHandle socket)
    {
        var listens = 0;
        var length = sizeof(int);
        return Libc.GetSocketOption(socket, Libc.SolSocket, Libc.SoAcceptConn, &listens, &length) == 0
            && listens != 0;
    }

    private static IEnumerable<int> Descriptors()
        => Variable("LISTEN_PID") == Environment.ProcessId ? Enumerable.Range(FirstDescriptor, Math.Max(Variable("LISTEN_FDS"), 0)) : [];

    private static int Variable(string name)
        => int.TryParse(Environment.GetEnvironmentVariable(name), NumberStyles.None, CultureInfo.InvariantCulture, out var value)
            ? value
            : 0;
}
