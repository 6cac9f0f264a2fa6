using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.Tool.Commands.Top;

/// <summary>
/// Reads the first page of a region: a copy, made by the kernel. It is not mapped here, since the memory of another
/// process could be truncated meanwhile (SIGBUS), and it is opened for reading only.
/// </summary>
internal static class HeaderReader
{
    internal const int PageSize = 4096;

    /// <returns>False when no process that has it mapped lets us read it, or all have gone.</returns>
    internal static bool TryRead(Region region, Span<byte> page)
    {
        foreach (var view in region.Views)
        {
            // The file first: a process that has it mapped cannot hold up this read (userfaultfd(2)). It takes CAP_CHECKPOINT_RESTORE or
            // CAP_SYS_ADMIN (proc_pid_map_files(5)); the memory of a process takes the right to trace it, which one's own user has mostly.
            if (TryReadFile(region.Inode, view, page) || TryReadMemory(view, page))
            {
                return true;
            }
        }

        return false;
    }

    private static unsafe bool TryReadFile(ulong inode, RegionView view, Span<byte> page)
    {
        using var file = Libc.Open($"/proc/{view.Process.Id}/map_files/{view.Header.Range}", Libc.OCloexec | Libc.ONonblock, 0);
        StatXBuffer stat;
        return !file.IsInvalid
            && Libc.StatX(file, "", Libc.AtEmptyPath, StatXBuffer.TypeModeInodeSize, &stat) == 0
            && stat.Inode == inode
            && TryReadAt(file, page, 0);
    }

    private static bool TryReadMemory(RegionView view, Span<byte> page)
    {
        using var memory = Libc.Open($"/proc/{view.Process.Id}/mem", Libc.OCloexec, 0);
        return !memory.IsInvalid && TryReadAt(memory, page, view.Header.Start);
    }

    private static bool TryReadAt(SafeFileHandle file, Span<byte> page, long offset)
    {
        try
        {
            return RandomAccess.Read(file, page, offset) == page.Length;
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            return false;
        }
    }
}
