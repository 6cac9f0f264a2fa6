namespace Tachyon.TestPeer;

/// <summary>Counts what this process holds, when the parent asks for it.</summary>
internal static class Held
{
    internal static void Run(string command)
    {
        if (command != "census")
        {
            throw new ArgumentException($"Unknown command '{command}'.");
        }

        ServerRoles.Report($"census {Descriptors()} {RingMappings()}");
    }

    private static int Descriptors()
        => Directory.GetFileSystemEntries("/proc/self/fd")
            .Select(static link => new FileInfo(link).LinkTarget ?? "")
            .Count(static target => target.Length > 0 && !target.EndsWith(".dll", StringComparison.Ordinal)
                && !target.EndsWith(".pdb", StringComparison.Ordinal) && !target.EndsWith("/fd", StringComparison.Ordinal));

    private static int RingMappings()
        => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("memfd:tachyon", StringComparison.Ordinal));
}
