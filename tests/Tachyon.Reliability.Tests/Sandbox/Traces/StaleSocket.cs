using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Text;

namespace Tachyon.Reliability.Tests.Sandbox.Traces;

/// <summary>The file of a server that was killed: bound, and no process listens. By hand, since <see cref="Socket"/> removes its
/// file.</summary>
internal static class StaleSocket
{
    internal static void Leave(string path)
    {
        using var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        byte[] address = [(byte)AddressFamily.Unix, 0, .. Encoding.UTF8.GetBytes(path), 0];
        Assert.Equal(0, Bind((int)socket.Handle, address, address.Length));
    }

    [DllImport("libc", EntryPoint = "bind", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Bind(int socket, byte[] address, int length);
}
