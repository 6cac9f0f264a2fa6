using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;

namespace Tachyon.TestPeer.Hostile;

/// <summary>
/// A client that lets the server fill its ring, ends the connection, keeps only the memory, and connects again. It never has more than one
/// connection.
/// </summary>
internal static class MemoryHoarder
{
    private const int DuplicateCloexec = 1030; // F_DUPFD_CLOEXEC

    private static readonly List<SafeFileHandle> s_kept = [];

    /// <summary>The argument: how often. Then it reports at each command how many bytes the kept files occupy.</summary>
    internal static async Task RunAsync(string path, string argument)
    {
        var rounds = int.Parse(argument, CultureInfo.InvariantCulture);
        long filled = 0;
        while (s_kept.Count < rounds)
        {
            try
            {
                using var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
                SpinWait.SpinUntil(() => end.From.Tail >= (ulong)HostileEnd.Capacity);
                filled += HostileEnd.Capacity;
                s_kept.Add(new SafeFileHandle(Libc.Fcntl(end.Memory, DuplicateCloexec, 0), ownsHandle: true));
            }
            catch (InvalidDataException)
            {
                // The place of the last connection is not free yet.
                await Task.Delay(1).ConfigureAwait(false);
            }
        }

        ServerRoles.Report(filled.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Connects and keeps all of it but the mapping, until the process ends.</summary>
    internal static async Task KeepAsync(string path)
    {
        var end = await HostileEnd.ConnectAsync(path).ConfigureAwait(false);
        s_kept.Add(end.Lifeline);
        ServerRoles.Report("connected");
        GC.KeepAlive(end);
    }

    internal static void Run(string command)
        => ServerRoles.Report(s_kept.Sum(Occupied).ToString(CultureInfo.InvariantCulture));

    private static unsafe long Occupied(SafeFileHandle memory)
    {
        const uint Blocks = 0x400; // STATX_BLOCKS
        StatXBuffer stat;
        return Libc.StatX(memory, "", Libc.AtEmptyPath, Blocks, &stat) == 0
            ? 512 * (long)stat.Blocks
            : throw Errno.LastError("statx", "count the blocks of a memfd");
    }
}
