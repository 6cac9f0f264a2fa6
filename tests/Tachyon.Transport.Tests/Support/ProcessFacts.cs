using System.Globalization;

namespace Tachyon.Transport.Tests.Support;

/// <summary>What proc(5) says about a process.</summary>
internal static class ProcessFacts
{
    internal static int Descriptors(string process = "self") => Directory.GetFileSystemEntries($"/proc/{process}/fd").Length;

    internal static int Sockets(string process = "self")
        => Directory.GetFileSystemEntries($"/proc/{process}/fd")
            .Count(static link => (File.ResolveTarget(link) ?? "").StartsWith("socket:", StringComparison.Ordinal));

    internal static int RingMappings()
        => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("memfd:tachyon", StringComparison.Ordinal));

    internal static int Threads() => Directory.GetDirectories("/proc/self/task").Length;

    /// <summary>Clock ticks (1/100 s) of CPU time that a process has used, in user mode and in the kernel.</summary>
    internal static long CpuTicks(int processId)
    {
        // The name, second, may hold blanks: count from its closing parenthesis. utime and stime are fields 14 and 15.
        string stat = System.IO.File.ReadAllText($"/proc/{processId}/stat");
        string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
        return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
    }

    private static class File
    {
        internal static IEnumerable<string> ReadLines(string path) => System.IO.File.ReadLines(path);

        // A descriptor may be closed between the listing and the look.
        internal static string? ResolveTarget(string link)
        {
            try
            {
                return new FileInfo(link).LinkTarget;
            }
            catch (IOException)
            {
                return null;
            }
        }
    }
}
