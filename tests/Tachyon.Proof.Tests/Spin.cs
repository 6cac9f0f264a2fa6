using System.Globalization;
using System.Text.RegularExpressions;

namespace Tachyon.Proof.Tests;

/// <summary>Runs spin, the C compiler and the checker that they make, in a directory of its own.</summary>
internal static partial class Spin
{
    // Generous: the longest search takes well under a minute on one free core.
    private static readonly TimeSpan s_limit = TimeSpan.FromMinutes(10);

    /// <returns>How many states were explored.</returns>
    internal static async Task<long> MustFindAsync(string model, string macros, string expected)
    {
        (var found, var states, var output) = await RunAsync(Check.Find(model, macros));
        Assert.True(found == expected, $"{model} with {macros}: expected {expected}, found {found}\n{output}");
        Assert.True(states > 0, output);
        return states;
    }

    /// <returns>What was found, in the words of proof/variants.txt, and how many states were explored.</returns>
    private static async Task<(string Found, long States, string Output)> RunAsync(Check check)
    {
        using var directory = new TempDirectory();
        foreach (var file in Directory.GetFiles(Repository.FilePath("proof"), "*.pml"))
        {
            File.Copy(file, directory.FilePath(Path.GetFileName(file)));
        }

        string[] macros = [.. check.Definitions.Select(static definition => "-D" + definition)];
        await Succeed(directory, "spin", ["-a", .. macros, check.Model + ".pml"]);

        // A search that ends at a fault or at smaller bounds is short: there the compiler's time is what counts. One to the end fills a
        // large table.
        var optimization = check.MustHold && TestSize.IsFull ? "-O1" : "-O0";
        var table = check.MustHold ? "-w24" : "-w22";
        await Succeed(directory, "cc", [optimization, "-w", "-DSAFETY", "-DCOLLAPSE", "-o", "pan", "pan.c"]);
        var output = (await Start(directory, directory.FilePath("pan"), ["-m1000000", table])).Output;
        var states = StatesLine().Match(output);
        return (Verdict(output), states.Success ? long.Parse(states.Groups[1].Value, CultureInfo.InvariantCulture) : 0, output);
    }

    private static string Verdict(string output)
    {
        var complete = output.Contains("State-vector", StringComparison.Ordinal)
            && !output.Contains("max search depth too small", StringComparison.Ordinal)
            && !output.Contains("out of memory", StringComparison.Ordinal)
            && !output.Contains("hash-compact", StringComparison.Ordinal)
            && !output.Contains("Bit statespace", StringComparison.Ordinal);
        return complete switch
        {
            false => "incomplete",
            _ when output.Contains("errors: 0\n", StringComparison.Ordinal)
                => output.Contains("\nFull statespace search for:", StringComparison.Ordinal)
                && !output.Contains("Warning: Search not completed", StringComparison.Ordinal) ? "holds" : "incomplete",
            _ when output.Contains("pan:1: invalid end state", StringComparison.Ordinal) => "stuck",

            // A store buffer was too short: a limit of the model, and no finding.
            _ when output.Contains("pan:1: assertion violated (buffer[", StringComparison.Ordinal) => "overflow",
            _ when output.Contains("pan:1: assertion violated", StringComparison.Ordinal) => "assertion",
            _ => "error",
        };
    }

    private static async Task Succeed(TempDirectory directory, string program, string[] arguments)
    {
        (var code, var output) = await Start(directory, program, arguments);
        Assert.True(code == 0, $"{program} ended with {code}: {output}");
    }

    private static async Task<(int Code, string Output)> Start(TempDirectory directory, string program, string[] arguments)
    {
        var run = await ChildProgram.RunAsync(program, arguments, directory.Path, limit: s_limit);
        return (run.ExitCode, run.All);
    }

    [GeneratedRegex(@"(\d+) states, stored")]
    private static partial Regex StatesLine();
}
