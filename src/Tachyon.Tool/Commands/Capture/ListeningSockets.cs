using System.Globalization;
using Tachyon.Transport.Internal.Sockets;

namespace Tachyon.Tool.Commands.Capture;

/// <summary>The Unix sockets that a process listens on: proc_net(5), proc_pid_fd(5).</summary>
internal static class ListeningSockets
{
    private const uint AcceptsConnections = 0x10000; // __SO_ACCEPTCON

    // Of .NET's own diagnostics, in every process.
    private static readonly string[] s_ofRuntime = ["dotnet-diagnostic-", "clr-debug-pipe-"];

    /// <returns>Paths, or names that begin with @. Those that no address can have are left out.</returns>
    /// <exception cref="ToolException">The process does not exist, or belongs to another user.</exception>
    internal static IReadOnlyList<string> Of(int processId)
    {
        try
        {
            HashSet<string> own = [.. Directory.EnumerateFiles($"/proc/{processId}/fd").Select(LinkTarget).OfType<string>()];
            return [.. Read(processId).Where(socket => own.Contains($"socket:[{socket.Inode}]")).Select(static socket => socket.Path).Distinct()];
        }
        catch (DirectoryNotFoundException)
        {
            throw new ToolException($"There is no process {processId}.");
        }
        catch (UnauthorizedAccessException)
        {
            throw new ToolException($"Process {processId} belongs to another user: only its own user may capture it.");
        }
    }

    /// <summary>Whether more than one socket listens that was at the path: one server has taken it over from another.</summary>
    /// <param name="processId">A process in whose network namespace they are.</param>
    /// <param name="path">The path.</param>
    internal static bool AreSeveralAt(int processId, string path) => Read(processId).Count(socket => socket.Path == path) > 1;

    private static IEnumerable<(string Path, string Inode)> Read(int processId)
        => File.ReadLines($"/proc/{processId}/net/unix").Skip(1).Select(Parse).OfType<(string Path, string Inode)>();

    private static string? LinkTarget(string descriptor)
    {
        try
        {
            return new FileInfo(descriptor).LinkTarget;
        }
        catch (IOException)
        {
            // Closed meanwhile.
            return null;
        }
    }

    /// <summary>Num RefCount Protocol Flags Type St Inode Path.</summary>
    private static (string Path, string Inode)? Parse(string line)
    {
        var words = line.Split(' ', 8, StringSplitOptions.RemoveEmptyEntries);
        return words.Length == 8
            && uint.TryParse(words[3], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var flags)
            && (flags & AcceptsConnections) != 0
            && words[7][0] is '/' or '@'
            && !s_ofRuntime.Any(name => Path.GetFileName(words[7]).StartsWith(name, StringComparison.Ordinal))
            ? (SocketFile.PathOf(words[7]), words[6])
            : null;
    }
}
