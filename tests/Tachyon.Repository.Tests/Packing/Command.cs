namespace Tachyon.RepositoryTests.Packing;

/// <summary>Runs a program to its end, under a watchdog, and fails with its output when it fails.</summary>
internal static class Command
{
    // Generous: restoring asks the package feed, the native compiler takes a minute of two cores, and others may use the machine.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    private static readonly string[] s_ofTestRuns = ["MSBUILD", "VSTEST"];

    internal static Task<string> DotnetAsync(
        string directory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
        => RunAsync(ChildProgram.Host, arguments, directory, environment);

    internal static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string directory, IReadOnlyDictionary<string, string>? environment = null)
    {
        // What 'dotnet test' set for itself would lead a build inside of it astray.
        var without = Environment.GetEnvironmentVariables().Keys.Cast<string>()
            .Where(static name => s_ofTestRuns.Any(start => name.StartsWith(start, StringComparison.OrdinalIgnoreCase)));

        // Nothing stays behind: no build server, no compiler server. And the words are in one language.
        Dictionary<string, string> variables = new()
        {
            ["MSBUILDDISABLENODEREUSE"] = "1",
            ["UseSharedCompilation"] = "false",
            ["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1",
            ["DOTNET_NOLOGO"] = "1",
            ["DOTNET_CLI_UI_LANGUAGE"] = "en",
            ["DOTNET_ROOT"] = Path.GetDirectoryName(ChildProgram.Host)!,
        };
        foreach ((var name, var value) in environment ?? new Dictionary<string, string>())
        {
            variables[name] = value;
        }

        var run = await ChildProgram.RunAsync(program, arguments, directory, variables, without, s_limit);
        run.Succeeded();
        return run.All;
    }
}
