using System.Diagnostics.CodeAnalysis;
using System.Text;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Transport.Internal.Sockets;

/// <summary>The address of a Unix socket as the kernel has it: <c>struct sockaddr_un</c> (unix(7)).</summary>
internal static unsafe class SocketAddress
{
    private const int PathOffset = sizeof(ushort);

    internal const int MaxSize = PathOffset + TachyonEndPoint.MaxPathBytes;

    /// <returns>The size of the address: the name of an abstract socket ends there.</returns>
    internal static int Write(byte* address, TachyonEndPoint endPoint)
    {
        *(ushort*)address = Libc.AfUnix;
        var path = new Span<byte>(address + PathOffset, TachyonEndPoint.MaxPathBytes);
        path.Clear();
        if (endPoint.IsAbstract)
        {
            return PathOffset + 1 + Encoding.UTF8.GetBytes(endPoint.Path.AsSpan(1), path[1..]);
        }

        return PathOffset + Encoding.UTF8.GetBytes(endPoint.Path, path) + 1;
    }

    /// <summary>Whether the kernel's address is that of the end point; of a path, with or without its final zero.</summary>
    internal static bool AreSame(ReadOnlySpan<byte> actual, ReadOnlySpan<byte> wanted)
        => actual.SequenceEqual(wanted) || (actual.Length > PathOffset && actual[PathOffset] != 0 && actual.SequenceEqual(wanted[..^1]));

    /// <summary>
    /// The path or <c>@name</c> that a Unix socket is bound to; false for sockets of other families, and for those without an address.
    /// </summary>
    internal static bool TryRead(SafeFileHandle socket, [NotNullWhen(true)] out string? path)
    {
        path = null;
        var address = stackalloc byte[MaxSize];
        var size = MaxSize;
        if (Libc.GetSocketName(socket, address, &size) != 0 || *(ushort*)address != Libc.AfUnix || size <= PathOffset)
        {
            return false;
        }

        var name = new ReadOnlySpan<byte>(address + PathOffset, Math.Min(size, MaxSize) - PathOffset);
        path = name[0] == 0 ? $"@{Encoding.UTF8.GetString(name[1..])}" : Encoding.UTF8.GetString(name.TrimEnd((byte)0));
        return true;
    }
}
