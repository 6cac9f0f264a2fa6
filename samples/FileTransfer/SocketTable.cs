using System.Globalization;

namespace FileTransfer;

/// <summary>The open sockets of this process, from the kernel.</summary>
internal static class SocketTable
{
    private const string DescriptorPrefix = "socket:[";

    // __SO_ACCEPTCON of <linux/net.h>, in the Flags column of /proc/net/unix.
    private const int AcceptsConnections = 0x10000;

    // A shell or a CI runner may leave a socket open in every process that it starts. These are not reported.
    private static readonly HashSet<string> s_inherited = [];

    /// <summary>Call it before this process opens a socket.</summary>
    public static void RememberInherited() => s_inherited.UnionWith(OpenInodes());

    public static SocketReport Read()
    {
        // Descriptors first: a socket that is opened in between is then in neither list.
        string[] inodes = [.. OpenInodes()];

        // Num RefCount Protocol Flags Type St Inode Path
        var unixSockets = File.ReadLines("/proc/net/unix").Skip(1)
            .Select(line => line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries)).ToDictionary(columns => columns[6]);
        var report = new SocketReport();
        foreach (var inode in inodes.Except(s_inherited))
        {
            // A socket of another family counts as one that could carry data.
            var socket = unixSockets.GetValueOrDefault(inode);
            var flags = socket is null ? 0 : int.Parse(socket[3], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            var name = socket is null ? "not a Unix socket" : Path.GetFileName(socket.ElementAtOrDefault(7) ?? "unnamed");
            ((flags & AcceptsConnections) != 0 ? report.Listening : report.Connected).Add(
                name.StartsWith("dotnet-diagnostic-", StringComparison.Ordinal) ? "the .NET diagnostics port" : name);
        }

        return report;
    }

    private static IEnumerable<string> OpenInodes() =>
        from descriptor in Directory.GetFileSystemEntries("/proc/self/fd")
        let target = new FileInfo(descriptor).LinkTarget
        where target?.StartsWith(DescriptorPrefix, StringComparison.Ordinal) ?? false
        select target[DescriptorPrefix.Length..^1];
}
