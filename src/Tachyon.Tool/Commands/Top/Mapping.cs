using System.Globalization;
using Tachyon.Transport.Internal.Region;

namespace Tachyon.Tool.Commands.Top;

/// <summary>One mapping of the memory of a connection: a line of /proc/PID/maps (proc_pid_maps(5)).</summary>
/// <param name="Range">As the kernel writes it; also the name of the mapping in /proc/PID/map_files.</param>
/// <param name="Start">First address.</param>
/// <param name="Length">Bytes.</param>
/// <param name="Offset">Where in the file it begins.</param>
/// <param name="Device">Major and minor number of the file system, as the kernel writes them.</param>
/// <param name="Inode">Of the file: the same in both processes of a connection.</param>
/// <param name="Path">Of the server's socket, from the name that the server gave the memory; null when it has none. Any text at
/// all.</param>
internal readonly record struct Mapping(string Range, long Start, long Length, long Offset, string Device, ulong Inode, string? Path)
{
    // As SharedRegion names it. The file never has a name in any directory, so it counts as deleted.
    private const string Name = $"/memfd:{RegionLayout.MemoryName}";
    private const string Suffix = " (deleted)";
    private const int WordsBeforeName = 5;

    /// <returns>False for a mapping of anything else.</returns>
    internal static bool TryParse(string line, out Mapping mapping)
    {
        // 7f2d5c000000-7f2d5c110000 rw-s 00000000 00:01 1035                       /memfd:tachyon:/run/app.sock (deleted)
        mapping = default;
        var words = line.Split(' ', WordsBeforeName + 1, StringSplitOptions.RemoveEmptyEntries);
        if (words.Length <= WordsBeforeName
            || !TryParseName(words[WordsBeforeName], out var path)
            || words[0].Split('-') is not [string first, string last]
            || !TryParseHex(first, out var start)
            || !TryParseHex(last, out var end)
            || !TryParseHex(words[2], out var offset)
            || !ulong.TryParse(words[4], NumberStyles.None, CultureInfo.InvariantCulture, out var inode))
        {
            return false;
        }

        mapping = new Mapping(words[0], start, end - start, offset, words[3], inode, path);
        return true;
    }

    private static bool TryParseName(string rest, out string? path)
    {
        var name = rest.TrimStart(' ');
        path = null;
        if (!name.StartsWith(Name, StringComparison.Ordinal)
            || !name.EndsWith(Suffix, StringComparison.Ordinal)
            || name.Length < Name.Length + Suffix.Length)
        {
            return false;
        }

        var after = name[Name.Length..^Suffix.Length];
        path = after.Length > 1 ? after[1..] : null;
        return after.Length == 0 || after[0] == ':';
    }

    private static bool TryParseHex(string text, out long value)
        => long.TryParse(text, NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out value);
}
