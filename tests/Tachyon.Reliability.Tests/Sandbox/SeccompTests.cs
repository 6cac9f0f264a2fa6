namespace Tachyon.Reliability.Tests.Sandbox;

/// <summary>eng/sandbox/tachyon-service.seccomp.json at work: enough for Quickstart, and no more than it says.</summary>
public sealed class SeccompTests
{
    private const string Library = "libseccomp.so.2";

    [RequiresFact("unshare", Requires.Root, Library)]
    public async Task Quickstart_runs_under_the_profile_and_without_a_network()
    {
        await using var quickstart = new Quickstart(SeccompProfile.FullPath);
        await quickstart.StartServerAsync();
        var answered = 0;
        for (var i = 0; i < 3; i++)
        {
            (var exitCode, var lines, var errors) = await quickstart.RunClientAsync();
            Assert.True(exitCode == 0, errors);
            Assert.Contains("  Hello, world!", lines);
            Assert.Contains("  Hello, Ada, Grace, Barbara!", lines);
            Assert.Contains("  Ciao, world!", lines);
            Assert.Contains("  Nice to meet you, Barbara!", lines);
            answered += lines.Count(static line => line.StartsWith("  ", StringComparison.Ordinal));
        }

        Assert.Equal(0, (await quickstart.StopServerAsync()).ExitCode);
        Figures.Report("sandboxed calls answered", answered);
    }

    [RequiresTheory("unshare", Requires.Root, Library)]
    [InlineData("eventfd2", "the system refuses eventfd")]
    [InlineData("memfd_create", "the system refuses memfd_create")]
    [InlineData("sendmsg", "sendmsg failed")]
    public async Task Without_a_call_that_memory_needs_the_server_says_which_and_serves_over_its_socket(string call, string message)
    {
        using var directory = new TempDirectory();
        await using var quickstart = new Quickstart(SeccompProfile.Without(call, directory));
        await quickstart.StartServerAsync();
        (var exitCode, _, var errors) = await quickstart.RunClientAsync();
        Assert.True(exitCode == 0, errors);
        (exitCode, var log) = await quickstart.StopServerAsync();
        Assert.Equal(0, exitCode);
        Assert.Contains(message, log, StringComparison.Ordinal);
        Assert.Contains("seccomp", log, StringComparison.Ordinal);
    }

    [RequiresFact(Library)]
    public async Task System_calls_outside_the_profile_are_refused()
    {
        var free = await TryAllAsync([]);
        var sandboxed = await TryAllAsync(SeccompProfile.Wrapper(SeccompProfile.FullPath));
        Assert.Equal(free.Keys, sandboxed.Keys);
        Assert.Contains("ptrace", free);

        // Otherwise the answer of the sandbox would show nothing.
        const int NotPermitted = 1;
        Assert.Equal(0, free["socket inet"]);
        Assert.Equal(0, free["start a program"]);
        Assert.NotEqual(NotPermitted, free["ptrace"]);
        Assert.All(sandboxed, static answer => Assert.True(answer.Value == NotPermitted, $"{answer.Key}: {answer.Value}"));
    }

    private static async Task<Dictionary<string, int>> TryAllAsync(string[] wrapper)
    {
        await using var child = ChildProgram.Start(
            "Tachyon.TestPeer", ["forbidden", "-"], wrapper: wrapper, environment: [new("DOTNET_EnableDiagnostics", "0")]);
        Dictionary<string, int> answers = [];
        while (await child.ReadLineAsync() is { } line && line != "done")
        {
            var words = line.Split(": ");
            answers[words[0]] = int.Parse(words[1], System.Globalization.CultureInfo.InvariantCulture);
        }

        return answers;
    }
}
