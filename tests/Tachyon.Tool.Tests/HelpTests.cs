using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

public sealed class HelpTests
{
    public static TheoryData<string> Commands => ["top", "ping", "doctor", "bench"];

    [Theory]
    [MemberData(nameof(Commands))]
    public async Task Help_of_every_command_has_examples_and_exit_codes(string command)
    {
        var run = await ToolRun.RunAsync(command, "--help");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Examples:", run.Output, StringComparison.Ordinal);
        Assert.Contains($"tachyon {command} ", run.Output, StringComparison.Ordinal);
        Assert.Contains("Exit codes: 0 success, 1 failure, 2 usage error, 130 interrupted.", run.Output, StringComparison.Ordinal);
        Assert.Contains("--json", run.Output, StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(Commands))]
    [InlineData("capture")]
    public async Task Every_command_and_its_options_are_documented(string command)
    {
        var help = (await ToolRun.RunAsync(command, "--help")).Output;
        var document = await File.ReadAllTextAsync(Repository.FilePath("docs", "tool.md"));
        string[] options = [.. help[help.IndexOf("\nOptions:", StringComparison.Ordinal)..].Split(' ', ',', '\n')
            .Where(static word => word.StartsWith("--", StringComparison.Ordinal) && word != "--help")];

        Assert.NotEmpty(options);
        Assert.Contains($"tachyon {command}", document, StringComparison.Ordinal);
        Assert.All(options, option => Assert.Contains($"`{option}", document, StringComparison.Ordinal));
    }

    [Fact]
    public async Task Help_of_the_tool_lists_its_commands_and_not_the_hidden_one()
    {
        var run = await ToolRun.RunAsync("--help");

        Assert.Equal(0, run.ExitCode);
        Assert.All((string[])["top", "ping <address>", "doctor <address>", "capture <target>", "bench"], command => Assert.Contains($"\n  {command} ", run.Output, StringComparison.Ordinal));
        Assert.DoesNotContain("bench-server", run.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_command_it_prints_its_help()
    {
        var run = await ToolRun.RunAsync();

        Assert.Equal(0, run.ExitCode);
        Assert.Equal("", run.Errors);
        Assert.Equal((await ToolRun.RunAsync("--help")).Output, run.Output);
    }

    [Theory]
    [InlineData("--no-such", new[] { "top", "--no-such" })]
    [InlineData("no-such", new[] { "no-such" })]
    [InlineData("--interval takes seconds from 0.05 to 86400, not '0'.", new[] { "top", "--interval", "0" })]
    [InlineData("--interval takes seconds from 0.05 to 86400, not 'x'.", new[] { "top", "--interval", "x" })]
    [InlineData("Required argument 'address' missing for command: 'ping'.", new[] { "ping" })]
    [InlineData("'ftp://somewhere' is not an address: use ", new[] { "ping", "ftp://somewhere" })]
    [InlineData("names a host", new[] { "ping", "tachyon://somewhere/app.sock" })]
    [InlineData("The address is empty.", new[] { "ping", "" })]
    [InlineData("'http://somewhere' is not a socket of this machine: use ", new[] { "doctor", "http://somewhere" })]
    [InlineData("'http://somewhere' is not a socket of this machine: use ", new[] { "top", "--path", "http://somewhere" })]
    [InlineData("--count takes a number from 1 to 10000000, not 'abc'.", new[] { "ping", "/nowhere", "--count", "abc" })]
    [InlineData("--mode is adaptive, park or spin, not 'fast'.", new[] { "ping", "/nowhere", "--mode", "fast" })]
    [InlineData("--mode is adaptive, park or spin, not '7'.", new[] { "ping", "/nowhere", "--mode", "7" })]
    [InlineData("--snaplen takes a number from 44 to 262144, not '1'.", new[] { "capture", "/nowhere", "--snaplen", "1" })]
    [InlineData("'http://somewhere' is not a socket of this machine: use ", new[] { "capture", "http://somewhere" })]
    [InlineData("--seconds takes seconds from 0.5 to 86400, not 'x'.", new[] { "bench", "--seconds", "x" })]
    public async Task A_command_line_that_means_nothing_is_a_usage_error(string words, string[] arguments)
        => (await ToolRun.RunAsync(arguments)).AssertFails(2, words, "--help' for usage.");

    [Theory]
    [InlineData("ping", "")]
    [InlineData("ping", "unix://")]
    [InlineData("doctor", "tachyon:")]
    public async Task A_path_that_no_socket_can_have_is_a_usage_error(string command, string scheme)
    {
        var run = await ToolRun.RunAsync(command, $"{scheme}/{new string('x', 120)}");

        run.AssertFails(2, "at most 107");
        Assert.DoesNotContain("Parameter", run.Errors, StringComparison.Ordinal);
    }
}
