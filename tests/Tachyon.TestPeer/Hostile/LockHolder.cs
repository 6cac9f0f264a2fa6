using System.Net.Sockets;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A peer that holds a lock of an object that it shares with its victim, by a system call that waits for a page, until the process ends.
/// Reports "held" then. A call of the victim on that object waits.
/// </summary>
internal static partial class LockHolder
{
    /// <summary>A client that holds the lock of the memfd's inode, and closes its connection.</summary>
    internal static async Task AttackAsync(string path)
    {
        var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        var memory = new SafeFileHandle(Libc.Fcntl(end.Memory, Libc.FDupFdCloexec, 0), ownsHandle: true);
        await HoldAsync(page => Write(memory, page, 1)).ConfigureAwait(false);
        end.Dispose();
        ServerRoles.Report("held");
    }

    /// <summary>A server that holds the lock of the lifeline. A client could not: it has the end for writing, and the pipe is not its
    /// own.</summary>
    internal static async Task LureAsync(string path)
    {
        var listening = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listening.Bind(new UnixDomainSocketEndPoint(path));
        _ = Libc.ChangeMode(path, 0b110_110_110);
        listening.Listen();
        ServerRoles.Report("ready");
        var end = await HostileEnd.AcceptAsync(listening, socketPairDoorbells: true).ConfigureAwait(false);
        WriteByte(end.Lifeline);
        await HoldAsync(page => Read(end.Lifeline, page, 1)).ConfigureAwait(false);
        ServerRoles.Report("held");
    }

    private static async Task HoldAsync(Func<nint, nint> call)
    {
        var page = UnansweredPage.Create();
        new Thread(() => call(page)) { IsBackground = true }.Start();
        while (!IsWaiting())
        {
            await Task.Delay(1).ConfigureAwait(false);
        }
    }

    /// <summary>A thread waits for the answer to its fault (proc_pid_wchan(5)).</summary>
    private static bool IsWaiting()
        => Directory.GetDirectories("/proc/self/task").Any(static task =>
            File.ReadAllText($"{task}/wchan").Contains("userfault", StringComparison.Ordinal));

    /// <summary>So that a read has something to copy into the page.</summary>
    private static unsafe void WriteByte(SafeFileHandle pipe)
    {
        const int WriteOnly = 1; // O_WRONLY
        using var writer = Libc.Open($"/proc/self/fd/{pipe.DangerousGetHandle()}", WriteOnly | Libc.OCloexec, 0);
        byte one = 1;
        if (Libc.Write(writer, &one, 1) != 1)
        {
            throw Errno.LastError("write", "write to the lifeline");
        }
    }

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(SafeHandle fd, nint buffer, nint count);

    [LibraryImport("libc", EntryPoint = "write", SetLastError = true)]
    private static partial nint Write(SafeHandle fd, nint buffer, nint count);
}
