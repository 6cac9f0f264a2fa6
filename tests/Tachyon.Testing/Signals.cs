using System.ComponentModel;
using System.Runtime.InteropServices;

namespace Tachyon.Testing;

/// <summary>kill(2).</summary>
public static class Signals
{
    public const int Kill = 9;
    public const int Terminate = 15;
    public const int Continue = 18;
    public const int Stop = 19;

    public static void Send(int processId, int signal)
    {
        if (!TrySend(processId, signal))
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    /// <returns>False when the process is gone.</returns>
    public static bool TrySend(int processId, int signal) => SendSignal(processId, signal) == 0;

    [DllImport("libc", EntryPoint = "kill", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SendSignal(int processId, int signal);
}
