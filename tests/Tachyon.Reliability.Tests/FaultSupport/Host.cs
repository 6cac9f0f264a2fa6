using System.Globalization;
using Tachyon.TestHost;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Transports;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>A child process that runs a role of Tachyon.TestHost, and takes the commands of FaultCommands.</summary>
internal static class Host
{
    internal static async Task<ChildProgram> StartAsync(
        HostRole role,
        TransportKind transport,
        string path,
        IEnumerable<string>? wrapper = null,
        IReadOnlyDictionary<string, string>? environment = null)
    {
        Dictionary<string, string?> settings = [];
        new HostSettings(role, transport, path).WriteTo(settings);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            settings[name] = value;
        }

        ChildProgram child = ChildProgram.Start("Tachyon.TestHost", [], wrapper: wrapper, environment: settings!);
        Assert.Equal(HostSettings.ReadyLine, await child.ReadLineAsync());
        return child;
    }

    internal static Task<ChildProgram> StartServerAsync(TransportKind transport, string path) => StartAsync(HostRole.Server, transport, path);

    /// <summary>Of a <see cref="HostRole.CountingServer"/>: handlers that run, handlers that were started. Fails when it has logged an error.</summary>
    internal static async Task<(int Active, long Started)> HandlersAsync(this ChildProgram server)
    {
        server.Send(HandlerCount.Line);
        string[] words = (await server.ReadLineAsync() ?? throw new InvalidOperationException($"The server ended: {server.Errors}")).Split(' ', 4);
        Assert.Equal(HandlerCount.Line, words[0]);
        Assert.Equal("", words[3]);
        return (int.Parse(words[1], CultureInfo.InvariantCulture), long.Parse(words[2], CultureInfo.InvariantCulture));
    }

    /// <summary>SIGKILL, and the end of the process.</summary>
    internal static async Task KillAsync(this ChildProgram child)
    {
        child.Kill();
        await child.WaitForExitAsync();
    }

    /// <summary>The processes that <paramref name="processId"/> started and that live.</summary>
    internal static IReadOnlyList<int> ChildrenOf(int processId)
        => [.. Directory.GetDirectories($"/proc/{processId}/task")
            .SelectMany(static task => File.ReadAllText(Path.Combine(task, "children")).Split(' ', StringSplitOptions.RemoveEmptyEntries))
            .Select(static id => int.Parse(id, CultureInfo.InvariantCulture))];
}
