using System.Diagnostics;
using System.Net.Sockets;
using System.Runtime.InteropServices;

namespace Tachyon.TestPeer;

/// <summary>Makes a listening socket and leaves it to a child, as a service manager does with socket activation (LISTEN_FDS).</summary>
internal static partial class SocketMaker
{
    private const int SetDescriptorFlags = 2; // F_SETFD

    internal static void Start(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        socket.Bind(new UnixDomainSocketEndPoint(path));
        socket.Listen(8);

        // Without close-on-exec: the child has it under the same number.
        var descriptor = socket.Handle;
        if (Control((int)descriptor, SetDescriptorFlags, 0) != 0)
        {
            throw new InvalidOperationException("The socket could not be made inheritable.");
        }

        // The descriptors begin at 3; those before ours are none of the child's, or not a socket. Only the shell knows the child's pid in
        // time. Standard input, output and error are this process's own: the child reports to our parent, and ends with it.
        Process.Start(new ProcessStartInfo(
            "sh",
            [
                "-c", $"export LISTEN_PID=$$ LISTEN_FDS={descriptor - 2}; exec \"$@\"", "sh",
                Environment.ProcessPath!, "exec", Path.Combine(AppContext.BaseDirectory, "Tachyon.TestPeer.dll"), "serve-inherited", path,
            ]))!
            .Dispose();
    }

    [LibraryImport("libc", EntryPoint = "fcntl")]
    private static partial int Control(int descriptor, int command, int argument);
}
