using System.Globalization;
using FileTransfer.Protocol;

namespace FileTransfer.Shared;

/// <summary>Which sockets this process has open, as the kernel tells it.</summary>
internal static class SocketTable
{
    private const string DescriptorPrefix = "socket:[";

    // __SO_ACCEPTCON of <linux/net.h>, in the Flags column of /proc/net/unix.
    private const int AcceptsConnections = 0x10000;

    // A shell or a CI runner may leave a socket of its own behind in every process that it starts. Those are not ours to report.
    private static readonly HashSet<string> Inherited = [];

    /// <summary>To be called before anything opens a socket.</summary>
    public static void RememberInherited() => Inherited.UnionWith(OpenInodes());

    public static SocketReport Read()
    {
        // Descriptors first: a socket that is opened in between is then missing from both lists instead of looking unknown.
        var inodes = OpenInodes();
        var unixSockets = ReadUnixSockets();
        var report = new SocketReport();
        foreach (var inode in inodes)
        {
            // A socket of another family is none that waits for us: it counts as one that could carry data.
            var (listens, name) = unixSockets.GetValueOrDefault(inode, (false, "not a Unix socket"));
            if (listens)
            {
                report.Listening.Add(name);
            }
            else if (!Inherited.Contains(inode))
            {
                report.Connected.Add(name);
            }
        }

        return report;
    }

    private static List<string> OpenInodes()
    {
        var inodes = new List<string>();
        foreach (var descriptor in Directory.EnumerateFileSystemEntries("/proc/self/fd"))
        {
            string? target;
            try
            {
                target = new FileInfo(descriptor).LinkTarget;
            }
            catch (IOException)
            {
                // Closed since it was listed, as the descriptor of the listing itself is.
                continue;
            }

            if (target is not null && target.StartsWith(DescriptorPrefix, StringComparison.Ordinal))
            {
                inodes.Add(target[DescriptorPrefix.Length..^1]);
            }
        }

        return inodes;
    }

    // Num RefCount Protocol Flags Type St Inode Path
    private static Dictionary<string, (bool Listens, string Name)> ReadUnixSockets()
    {
        var sockets = new Dictionary<string, (bool, string)>();
        foreach (var line in File.ReadLines("/proc/net/unix").Skip(1))
        {
            var columns = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
            var flags = int.Parse(columns[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            sockets[columns[6]] = ((flags & AcceptsConnections) != 0, columns.Length > 7 ? NameOf(columns[7]) : "unnamed");
        }

        return sockets;
    }

    private static string NameOf(string path)
    {
        var name = Path.GetFileName(path);
        return name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) ? "the .NET diagnostics port" : name;
    }
}
