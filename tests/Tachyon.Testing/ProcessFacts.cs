using System.Globalization;
using System.Runtime.InteropServices;

namespace Tachyon.Testing;

/// <summary>What proc(5) says about a process.</summary>
public static class ProcessFacts
{
    /// <summary>Open descriptors, but for the assemblies and symbols that the runtime opens when it first needs them.</summary>
    public static int Descriptors(string process = "self")
        => Links(process).Count(static target =>
            !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith(".pdb", StringComparison.Ordinal));

    public static int Sockets(string process = "self")
        => Links(process).Count(static target => target.StartsWith("socket:", StringComparison.Ordinal));

    public static int RingMappings(string process = "self")
        => File.ReadLines($"/proc/{process}/maps").Count(static line => line.Contains("memfd:tachyon", StringComparison.Ordinal));

    /// <summary>
    /// Whether a server has made memory for its next client, as it does for a second: only then the descriptor of a memory is open.
    /// </summary>
    public static bool HasPreparedMemory(string process)
        => Links(process).Any(static link => link.Contains("memfd:tachyon:", StringComparison.Ordinal));

    /// <summary>The inode of an open file of this process. Every region has the same name, but an inode of its own.</summary>
    public static string Inode(SafeHandle file)
    {
        ArgumentNullException.ThrowIfNull(file);
        const string Name = "ino:";
        var lines = File.ReadLines($"/proc/self/fdinfo/{file.DangerousGetHandle()}");
        return lines.First(static line => line.StartsWith(Name, StringComparison.Ordinal))[Name.Length..].Trim();
    }

    /// <summary>Mappings of one region in this process, in which other tests map and unmap theirs.</summary>
    /// <param name="inode">Of its memory.</param>
    public static int RegionMappings(string inode)
        => File.ReadLines("/proc/self/maps").Count(line =>
            line.Contains("memfd:tachyon", StringComparison.Ordinal) && line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4] == inode);

    public static int Mappings(string process) => File.ReadLines($"/proc/{process}/maps").Count();

    public static int Threads(string process = "self") => Directory.GetDirectories($"/proc/{process}/task").Length;

    /// <summary>The processes that this one started and that live.</summary>
    public static IReadOnlyList<int> Children(int processId)
        => [.. Directory.GetDirectories($"/proc/{processId}/task")
            .SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];

    /// <summary>Bytes of memory that a process holds by itself: neither files nor what it shares with others.</summary>
    public static long AnonymousBytes(string process = "self") => Rollup(process, "Anonymous:");

    /// <summary>Bytes of memory that a process has in use, shared or not.</summary>
    public static long ResidentBytes(string process = "self") => Rollup(process, "Rss:");

    /// <summary>Clock ticks (1/100 s) of CPU time that a process has used, in user mode and in the kernel.</summary>
    public static long CpuTicks(int processId)
    {
        // The name, second, may hold blanks: count from its closing parenthesis. utime and stime are fields 14 and 15.
        var stat = File.ReadAllText($"/proc/{processId}/stat");
        var fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private static long Rollup(string process, string name)
    {
        // "Rss:                1234 kB"
        string line = File.ReadLines($"/proc/{process}/smaps_rollup").First(line => line.StartsWith(name, StringComparison.Ordinal));
        return 1024 * long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }

    /// <summary>What the open descriptors refer to.</summary>
    public static IReadOnlyList<string> Links(string process)
    {
        List<string> targets = [];
        foreach (var link in Directory.GetFileSystemEntries($"/proc/{process}/fd"))
        {
            try
            {
                // Null for what was closed between the listing and the look, such as the descriptor of the listing itself.
                if (new FileInfo(link).LinkTarget is { } target)
                {
                    targets.Add(target);
                }
            }
            catch (IOException)
            {
                // Closed meanwhile, too.
            }
        }

        return targets;
    }
}
