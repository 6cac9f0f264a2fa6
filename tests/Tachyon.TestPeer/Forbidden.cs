using System.ComponentModel;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tachyon.TestPeer;

/// <summary>Tries what a sandboxed service has no business with, harmlessly, and reports one line "what: errno" for each.</summary>
internal static class Forbidden
{
    internal static void TryAll()
    {
        foreach ((var name, var family) in new[] { ("inet", 2), ("inet6", 10), ("netlink", 16), ("packet", 17) })
        {
            Report($"socket {name}", Socket(family, 2, 0));
        }

        // None of these could do harm where they are allowed: there is no process 0 to attach to, nothing to unshare or to mount.
        Report("ptrace", Trace(16, 0, 0, 0));
        Report("unshare", Unshare(0));
        Report("mount", Mount("none", "/tachyon-nowhere", "none", 0, 0));
        Report("signal to another process", Kill(Environment.ProcessId, 0));
        ServerRoles.Report($"start a program: {StartProgram()}");
        ServerRoles.Report("done");
    }

    private static void Report(string what, long result)
        => ServerRoles.Report($"{what}: {(result < 0 ? Marshal.GetLastPInvokeError() : 0)}");

    private static int StartProgram()
    {
        try
        {
            using var process = Process.Start("/bin/true");
            return 0;
        }
        catch (Win32Exception exception)
        {
            return exception.NativeErrorCode;
        }
    }

    [DllImport("libc", EntryPoint = "socket", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Socket(int family, int type, int protocol);

    [DllImport("libc", EntryPoint = "ptrace", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern long Trace(long request, int process, nint address, nint data);

    [DllImport("libc", EntryPoint = "unshare", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Unshare(int flags);

    [DllImport("libc", EntryPoint = "mount", SetLastError = true, CharSet = CharSet.Ansi, BestFitMapping = false, ThrowOnUnmappableChar = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Mount(string source, string target, string type, ulong flags, nint data);

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int Kill(int process, int signal);
}
