using System.CommandLine;
using Tachyon.Transport;

namespace Tachyon.Tool.Tests;

/// <summary>Every option of every command, also of a command that is added later, takes its values or refuses them with a
/// sentence.</summary>
public sealed class OptionValueTests
{
    private static readonly string[] s_noValues = ["abc", "", " ", "-1", "1,5", "1.5.2", "1e999", "NaN", "Infinity", "0x10", "99999999999999999999", "\u001b[2J"];

    /// <summary>Command and name of each option whose value is not free text, as the path of a socket is.</summary>
    public static TheoryData<string, string> OptionsWithValues
        => Data(static option => TakesValue(option) && option.ValueType != typeof(string) && option.ValueType != typeof(TachyonEndPoint));

    public static TheoryData<string, string> AllOptions => Data(static _ => true);

    [Fact]
    public void Options_of_the_command_tree_are_found()
    {
        string[] found = [.. All().Select(static pair => $"{pair.Command.Name} {pair.Option.Name}")];

        Assert.All(
            (string[])["top --interval", "ping --count", "ping --mode", "doctor --json", "bench --seconds", "bench-server --mode", "proxy --listen"],
            option => Assert.Contains(option, found));
    }

    [Theory]
    [MemberData(nameof(OptionsWithValues))]
    public async Task Invalid_value_is_rejected_with_an_error(string command, string option)
    {
        foreach (var value in s_noValues)
        {
            var errors = await RefusedAsync([command, .. Arguments(command), option, value]);

            Assert.Contains($"'{value}'", errors, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(AllOptions))]
    public async Task Option_with_a_missing_or_repeated_value_is_rejected_with_an_error(string command, string option)
    {
        string[] start = [command, .. Arguments(command)];
        var described = All().Single(pair => pair.Command.Name == command && pair.Option.Name == option).Option;
        if (!TakesValue(described))
        {
            Assert.Contains("'abc'", await RefusedAsync([.. start, $"{option}=abc"]), StringComparison.Ordinal);
            return;
        }

        if (described.Arity.MinimumNumberOfValues > 0)
        {
            Assert.Contains(option, await RefusedAsync([.. start, option]), StringComparison.Ordinal);
        }

        Assert.Contains(option, await RefusedAsync([.. start, option, "1", option, "1"]), StringComparison.Ordinal);
    }

    /// <summary>What it prints: sentences, none of which names a type or shows a stack.</summary>
    private static async Task<string> RefusedAsync(string[] arguments)
    {
        using var errors = new StringWriter();

        var exitCode = await CommandLine.RunAsync(Program.CreateRoot(), arguments, errors).Within();

        Assert.True(exitCode == 2, $"'{string.Join(' ', arguments)}' ended with {exitCode}: {errors}");
        var lines = errors.ToString().TrimEnd('\n').Split('\n');
        Assert.All(lines, static line => Assert.EndsWith(".", line, StringComparison.Ordinal));
        Assert.DoesNotContain("System.", errors.ToString(), StringComparison.Ordinal);
        Assert.EndsWith(" --help' for usage.", lines[^1], StringComparison.Ordinal);
        return errors.ToString();
    }

    private static TheoryData<string, string> Data(Func<Option, bool> condition)
    {
        var data = new TheoryData<string, string>();
        foreach ((var command, var option) in All().Where(pair => condition(pair.Option)))
        {
            data.Add(command.Name, option.Name);
        }

        return data;
    }

    private static IEnumerable<(Command Command, Option Option)> All()
        => Commands(Program.CreateRoot())
            .SelectMany(static command => command.Options
                .Where(static option => option is not System.CommandLine.Help.HelpOption)
                .Select(option => (command, option)));

    private static IEnumerable<Command> Commands(Command parent)
        => parent.Subcommands.SelectMany(static command => (IEnumerable<Command>)[command, .. Commands(command)]);

    private static bool TakesValue(Option option) => option.ValueType != typeof(bool);

    // All of them, so that no stray value is taken for an argument that is missing.
    private static string[] Arguments(string command)
        => [.. Commands(Program.CreateRoot()).Single(found => found.Name == command).Arguments
            .Select(static argument => argument.Name == "candidate" ? "socket" : "/nowhere")];
}
