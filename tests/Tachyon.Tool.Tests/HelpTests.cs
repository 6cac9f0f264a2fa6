using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => ["top", "ping", "doctor", "bench"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_of_every_command_has_examples_and_exit_codes(string command)
    {
        ToolRun run = await ToolRun.RunAsync(command, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains($"tachyon {command} ", run.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes: 0 success, 1 failure, 2 usage error, 130 interrupted.", run.Output, StringComparison.Ordinal);
        Assert.Contains("--json", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Every_command_and_its_options_are_documented(string command)
    {
        string help = (await ToolRun.RunAsync(command, "--help")).Output;
        string document = await File.ReadAllTextAsync(Repository.FilePath("docs", "tool.md"));
        string[] options = [.. help[help.IndexOf("\nOptions:", StringComparison.Ordinal)..].Split(' ', ',', '\n')
            .Where(static word => word.StartsWith("--", StringComparison.Ordinal) && word != "--help")];

        Assert.NotEmpty(options);
        Assert.Contains($"tachyon {command}", document, StringComparison.Ordinal);
        Assert.All(options, option => Assert.Contains($"`{option}", document, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_of_the_tool_lists_its_commands_and_not_the_hidden_one()
    {
        ToolRun run = await ToolRun.RunAsync("--help");

        Assert.Equal(0, run.ExitCode);
        Assert.All((string[])["top", "ping <address>", "doctor <path>", "bench"], command => Assert.Contains($"\n  {command} ", run.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("bench-server", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("Required command", new string[0])]
    [InlineData("--no-such", new[] { "top", "--no-such" })]
    [InlineData("no-such", new[] { "no-such" })]
    [InlineData("--interval must be from 0.05 to", new[] { "top", "--interval", "0" })]
    [InlineData("--interval must be from", new[] { "top", "--interval", "NaN" })]
    [InlineData("Required argument missing for command: 'ping'.", new[] { "ping" })]
    [InlineData("That is not an address.", new[] { "ping", "ftp://somewhere" })]
    [InlineData("--count must be from 1", new[] { "ping", "/nowhere", "--count", "0" })]
    [InlineData("--mode is adaptive, park or spin.", new[] { "ping", "/nowhere", "--mode", "7" })]
    [InlineData("--seconds must be from", new[] { "bench", "--seconds", "-1" })]
    public async Task A_command_line_that_means_nothing_is_a_usage_error(string words, string[] arguments)
        => (await ToolRun.RunAsync(arguments)).AssertFails(2, words, "--help' says how it is used.");
}
