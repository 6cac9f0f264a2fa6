using System.Diagnostics;
using System.Text;

namespace Tachyon.Packages.Tests.Packing;

/// <summary>Runs a program to its end, under a watchdog, and fails with its output when it fails.</summary>
internal static class Command
{
    // Generous: restoring asks the package feed, the native compiler takes a minute of two cores, and others may use the machine.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    internal static Task<string> DotnetAsync(
        string directory, IEnumerable<string> arguments, IReadOnlyDictionary<string, string>? environment = null)
        => RunAsync(ChildProgram.Host, arguments, directory, environment);

    internal static async Task<string> RunAsync(
        string program, IEnumerable<string> arguments, string directory, IReadOnlyDictionary<string, string>? environment = null)
    {
        var start = new ProcessStartInfo(program, arguments)
        {
            WorkingDirectory = directory,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };

        // What 'dotnet test' set for itself would lead a build inside of it astray.
        foreach (string name in Environment.GetEnvironmentVariables().Keys.Cast<string>())
        {
            if (name.StartsWith("MSBUILD", StringComparison.OrdinalIgnoreCase) || name.StartsWith("VSTEST", StringComparison.OrdinalIgnoreCase))
            {
                start.Environment.Remove(name);
            }
        }

        // Nothing stays behind: no build server, no compiler server. And the words are in one language.
        start.Environment["MSBUILDDISABLENODEREUSE"] = "1";
        start.Environment["UseSharedCompilation"] = "false";
        start.Environment["DOTNET_CLI_TELEMETRY_OPTOUT"] = "1";
        start.Environment["DOTNET_NOLOGO"] = "1";
        start.Environment["DOTNET_CLI_UI_LANGUAGE"] = "en";
        start.Environment["DOTNET_ROOT"] = Path.GetDirectoryName(ChildProgram.Host);
        foreach ((string name, string value) in environment ?? new Dictionary<string, string>())
        {
            start.Environment[name] = value;
        }

        using Process process = Process.Start(start)!;
        var output = new StringBuilder();
        process.OutputDataReceived += (_, line) => Add(line.Data);
        process.ErrorDataReceived += (_, line) => Add(line.Data);
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        try
        {
            await process.WaitForExitAsync().Within($"{program} {string.Join(' ', start.ArgumentList)}", s_limit);
        }
        catch (HungException)
        {
            process.Kill(entireProcessTree: true);
            throw;
        }

        lock (output)
        {
            Assert.True(process.ExitCode == 0, $"{program} {string.Join(' ', start.ArgumentList)} ended with {process.ExitCode}:\n{output}");
            return output.ToString();
        }

        void Add(string? line)
        {
            if (line is not null)
            {
                lock (output)
                {
                    output.AppendLine(line);
                }
            }
        }
    }
}
