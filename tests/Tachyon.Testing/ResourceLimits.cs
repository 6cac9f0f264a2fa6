using System.ComponentModel;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tachyon.Testing;

/// <summary>
/// Limits of a running process (prlimit(2)), so that it can start in peace, be pressed, and be freed again. Only the soft limit changes.
/// </summary>
public static class ResourceLimits
{
    private const int FileSize = 1;
    private const int OpenFiles = 7;
    private const int AddressSpace = 9;

    /// <summary>Leaves a process <paramref name="free"/> numbers for new descriptors: the limit counts numbers, not descriptors.</summary>
    public static void LeaveDescriptors(int processId, int free)
    {
        HashSet<int> used = [.. Directory.GetFileSystemEntries($"/proc/{processId}/fd")
            .Select(static link => int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture))];
        ulong limit = 0;
        for (var left = free; left > 0 || used.Contains((int)limit); limit++)
        {
            left -= used.Contains((int)limit) ? 0 : 1;
        }

        SetSoft(processId, OpenFiles, limit);
    }

    public static void FreeDescriptors(int processId) => SetSoft(processId, OpenFiles, null);

    /// <summary>Leaves a process so many bytes of address space beyond what it has mapped.</summary>
    public static void LeaveAddressSpace(int processId, long free)
    {
        var size = File.ReadLines($"/proc/{processId}/status").First(static line => line.StartsWith("VmSize:", StringComparison.Ordinal));
        var kibibytes = long.Parse(size.Split([' ', '\t'], StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
        SetSoft(processId, AddressSpace, (ulong)((kibibytes * 1024) + free));
    }

    public static void FreeAddressSpace(int processId) => SetSoft(processId, AddressSpace, null);

    /// <summary>Lets a process make no file, and no memory file, of more bytes than that.</summary>
    public static void LimitFileSize(int processId, long bytes) => SetSoft(processId, FileSize, (ulong)bytes);

    public static void FreeFileSize(int processId) => SetSoft(processId, FileSize, null);

    /// <param name="processId">Whose limit.</param>
    /// <param name="resource">RLIMIT_*.</param>
    /// <param name="soft">Null for the hard limit, which stays.</param>
    private static void SetSoft(int processId, int resource, ulong? soft)
    {
        Check(GetLimit(processId, resource, 0, out var limit));
        limit.Soft = soft ?? limit.Hard;
        Check(SetLimit(processId, resource, in limit, 0));
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new Win32Exception(Marshal.GetLastPInvokeError());
        }
    }

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int GetLimit(int processId, int resource, nint none, out Limit old);

    [DllImport("libc", EntryPoint = "prlimit", SetLastError = true)]
    [DefaultDllImportSearchPaths(DllImportSearchPath.SafeDirectories)]
    private static extern int SetLimit(int processId, int resource, in Limit value, nint none);

    [StructLayout(LayoutKind.Sequential)]
    private struct Limit
    {
        internal ulong Soft;
        internal ulong Hard;
    }
}
