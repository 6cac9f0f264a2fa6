using System.Text.Json;
using Tachyon.TestHost.Transports;
using Tachyon.Testing;

namespace Tachyon.TestHost;

/// <summary>Starts this program as a child process of the tests, and reads its reports.</summary>
public static class HostProgram
{
    private const string Program = "Tachyon.TestHost";

    /// <param name="role">What it is for.</param>
    /// <param name="transport">What it talks over.</param>
    /// <param name="path">Where.</param>
    /// <param name="wrapper">Words put before the command, such as those of unshare.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <param name="user">The uid and gid that it runs as; null for those of this process.</param>
    /// <param name="groups">Supplementary groups (gids) of that user.</param>
    /// <param name="publicCopy">Whether it runs from a copy that every user can read, also where only the wrapper changes the user.</param>
    public static ChildProgram Start(
        HostRole role,
        TransportKind transport,
        string path,
        IEnumerable<string>? wrapper = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        uint? user = null,
        IEnumerable<uint>? groups = null,
        bool publicCopy = false)
        => ChildProgram.Start(
            publicCopy ? Path.Combine(PublicCopy.FullPath, Program) : Program,
            [],
            user,
            wrapper,
            [.. environment ?? [], .. new HostSettings(role, transport, path).ToEnvironment()],
            groups);

    /// <summary>As <see cref="Start"/>, and waits until it reports that it is ready.</summary>
    public static async Task<ChildProgram> StartAsync(
        HostRole role,
        TransportKind transport,
        string path,
        IEnumerable<string>? wrapper = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        uint? user = null,
        IEnumerable<uint>? groups = null,
        bool publicCopy = false)
    {
        var child = Start(role, transport, path, wrapper, environment, user, groups, publicCopy);
        try
        {
            await ExpectAsync(child, HostSettings.ReadyLine).ConfigureAwait(false);
            return child;
        }
        catch
        {
            await child.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    public static Task<ChildProgram> StartServerAsync(TransportKind transport, string path) => StartAsync(HostRole.Server, transport, path);

    /// <summary>The next line of the child is this one.</summary>
    public static async Task ExpectAsync(ChildProgram child, string expected)
    {
        ArgumentNullException.ThrowIfNull(child);
        var line = await child.ReadLineAsync().ConfigureAwait(false);
        if (line != expected)
        {
            throw new InvalidOperationException($"'{expected}' expected, got '{line}'; errors: {child.Errors}");
        }
    }

    /// <summary>The next line of the child is a result of this type.</summary>
    public static async Task<T> ResultAsync<T>(ChildProgram child, TimeSpan? limit = null)
    {
        ArgumentNullException.ThrowIfNull(child);
        var line = await child.ReadLineAsync(limit).ConfigureAwait(false);
        return line?.StartsWith(HostSettings.ResultLine + " ", StringComparison.Ordinal) == true
            ? JsonSerializer.Deserialize<T>(line[(HostSettings.ResultLine.Length + 1)..])!
            : throw new InvalidOperationException($"A result expected, got '{line}'; errors: {child.Errors}");
    }
}
