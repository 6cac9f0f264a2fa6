using System.Runtime.InteropServices;

namespace Tachyon.TestPeer;

/// <summary>Takes mappings away from this process, and gives them back; counts what it holds.</summary>
internal static unsafe partial class Pressure
{
    private const int Page = 4096;
    private const nuint Reserved = 70_000 * 2 * (nuint)Page;

    private static byte* s_area;
    private static int s_split;

    internal static void Run(string command)
    {
        string[] words = command.Split(' ');
        switch (words[0])
        {
            case "census":
                ServerRoles.Report($"census {Descriptors()} {RingMappings()}");
                break;
            case "leave-mappings":
                LeaveMappings(int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture));
                break;
            case "free-mappings":
                _ = Unmap(s_area, Reserved);
                s_area = null;
                ServerRoles.Report("freed");
                break;
            default:
                throw new ArgumentException($"Unknown command '{command}'.");
        }
    }

    /// <summary>
    /// A process may have vm.max_map_count mappings. Each second page of one large mapping gets another protection, and so becomes a mapping of
    /// its own, and splits the rest, until the kernel refuses; then <paramref name="free"/> of them are joined again.
    /// </summary>
    private static void LeaveMappings(int free)
    {
        if (s_area is null)
        {
            s_area = Map(null, Reserved, 0, 0x4022 /* private, anonymous, without reserve */, -1, 0);
            s_split = 0;
            if ((nint)s_area == -1)
            {
                throw new InvalidOperationException("The area could not be mapped.");
            }
        }

        while (Protect(PageAt(s_split), Page, 1) == 0)
        {
            s_split++;
        }

        for (int joined = 0; joined < free; joined += 2)
        {
            _ = Protect(PageAt(--s_split), Page, 0);
        }

        ServerRoles.Report($"left after {s_split} splits");
    }

    private static byte* PageAt(int split) => s_area + (((2 * (nuint)split) + 1) * Page);

    private static int Descriptors()
        => Directory.GetFileSystemEntries("/proc/self/fd")
            .Select(static link => new FileInfo(link).LinkTarget ?? "")
            .Count(static target => target.Length > 0 && !target.EndsWith(".dll", StringComparison.Ordinal) && !target.EndsWith("/fd", StringComparison.Ordinal));

    private static int RingMappings()
        => File.ReadLines("/proc/self/maps").Count(static line => line.Contains("memfd:tachyon", StringComparison.Ordinal));

    [LibraryImport("libc", EntryPoint = "mmap")]
    private static partial byte* Map(void* address, nuint length, int protection, int flags, int descriptor, long offset);

    [LibraryImport("libc", EntryPoint = "munmap")]
    private static partial int Unmap(void* address, nuint length);

    [LibraryImport("libc", EntryPoint = "mprotect")]
    private static partial int Protect(void* address, nuint length, int protection);
}
