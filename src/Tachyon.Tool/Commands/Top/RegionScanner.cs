using System.Globalization;
using Microsoft.Win32.SafeHandles;
using Tachyon.Transport.Internal.Interop;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Tool.Commands.Top;

/// <summary>
/// Finds the memory of connections by the mappings of all processes: after the handshake both sides have closed the descriptor, so that
/// /proc/PID/fd does not show it.
/// </summary>
internal sealed class RegionScanner
{
    // Any process can give a mapping our name, but only memfds are on the kernel's own file system of them.
    private readonly string _deviceOfMemory = DeviceOfMemory();

    /// <param name="unseen">Number of processes whose mappings this user may not see.</param>
    internal IReadOnlyList<Region> Scan(out int unseen)
    {
        unseen = 0;
        var regions = new Dictionary<ulong, List<RegionView>>();
        foreach (var directory in Directory.EnumerateDirectories("/proc"))
        {
            if (!int.TryParse(Path.GetFileName(directory), NumberStyles.None, CultureInfo.InvariantCulture, out var processId)
                || processId == Environment.ProcessId)
            {
                continue;
            }

            try
            {
                Scan(processId, regions);
            }
            catch (UnauthorizedAccessException)
            {
                unseen += ProcessFacts.IsKernelThread(processId) ? 0 : 1;
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }
        }

        return [.. regions.OrderBy(static region => region.Key).Select(static region => new Region(region.Key, region.Value))];
    }

    private void Scan(int processId, Dictionary<ulong, List<RegionView>> regions)
    {
        List<Mapping>? mappings = null;
        foreach (var line in File.ReadLines($"/proc/{processId}/maps"))
        {
            if (Mapping.TryParse(line, out var mapping) && mapping.Device == _deviceOfMemory)
            {
                (mappings ??= []).Add(mapping);
            }
        }

        if (mappings is null)
        {
            return;
        }

        var process = ProcessFacts.Read(processId);
        foreach (var region in mappings.GroupBy(static mapping => mapping.Inode))
        {
            if (View(process, [.. region]) is not { } view)
            {
                continue;
            }

            if (!regions.TryGetValue(region.Key, out var views))
            {
                regions.Add(region.Key, views = []);
            }

            views.Add(view);
        }
    }

    /// <summary>What the three mappings of a region say; null when they are not mapped as a connection maps them.</summary>
    private static RegionView? View(ProcessFacts process, Mapping[] mappings)
    {
        Mapping[] headers = [.. mappings.Where(static mapping => mapping.Offset == 0)];
        var rings = mappings.FirstOrDefault(static mapping => mapping.Offset == RegionLayout.HeaderSize);
        if (headers.Length == 0)
        {
            return null;
        }

        var capacity0 = headers[0].Length - RegionLayout.HeaderSize;
        var capacity1 = rings.Length - capacity0;
        return RegionLayout.IsValidCapacity(capacity0) && RegionLayout.IsValidCapacity(capacity1)
            ? new RegionView(process, headers[0], (int)capacity0, (int)capacity1, headers.Length)
            : null;
    }

    private static unsafe string DeviceOfMemory()
    {
        using var memory = SharedRegion.CreateMemory(RegionLayout.MinCapacity, RegionLayout.MinCapacity);
        StatXBuffer stat;
        return Libc.StatX(memory, "", Libc.AtEmptyPath, StatXBuffer.TypeModeInodeSize, &stat) == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{stat.DeviceMajor:x2}:{stat.DeviceMinor:x2}")
            : throw Errno.LastError("statx", "learn on which device shared memory is");
    }
}
