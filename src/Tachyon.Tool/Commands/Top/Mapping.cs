using System.Globalization;

namespace Tachyon.Tool.Commands.Top;

/// <summary>One mapping of the memory of a connection: a line of /proc/PID/maps (proc_pid_maps(5)).</summary>
/// <param name="Range">As the kernel writes it; also the name of the mapping in /proc/PID/map_files.</param>
/// <param name="Start">First address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="Device">Major and minor number of the file system, as the kernel writes them.</param>
/// <param name="Inode">Of the file: the same in both processes of a connection.</param>
internal readonly record struct Mapping(string Range, long Start, long Length, long Offset, string Device, ulong Inode)
{
    // As SharedRegion names it. The file never has a name in any directory, so it counts as deleted.
    private const string Name = "/memfd:tachyon (deleted)";

    /// <returns>False for a mapping of anything else.</returns>
    internal static bool TryParse(string line, out Mapping mapping)
    {
        // 7f2d5c000000-7f2d5c110000 rw-s 00000000 00:01 1035                       /memfd:tachyon (deleted)
        mapping = default;
        if (!line.EndsWith(Name, StringComparison.Ordinal))
        {
            return false;
        }

        string[] words = line[..^Name.Length].Split(' ', StringSplitOptions.RemoveEmptyEntries);
        if (words.Length != 5
            || words[0].Split('-') is not [string first, string last]
            || !TryParseHex(first, out long start)
            || !TryParseHex(last, out long end)
            || !TryParseHex(words[2], out long offset)
            || !ulong.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out ulong inode))
        {
            return false;
        }

        mapping = new Mapping(words[0], start, end - start, offset, words[3], inode);
        return true;
    }

    private static bool TryParseHex(string text, out long value)
        => long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
