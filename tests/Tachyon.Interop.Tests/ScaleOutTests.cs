using System.Globalization;
using System.Text.RegularExpressions;

namespace Tachyon.Interop.Tests;

/// <summary>samples/ScaleOut as a user runs it: the same client by configuration only, over shared memory and through a proxy.</summary>
public sealed partial class ScaleOutTests
{
    private const string ClientLine = "  client --Server=";

    [RequiresFact("nginx")]
    public Task One_value_of_the_configuration_moves_the_client_behind_nginx() => AssertMovesAsync("nginx");

    [RequiresFact("haproxy")]
    public Task One_value_of_the_configuration_moves_the_client_behind_haproxy() => AssertMovesAsync("haproxy");

    [RequiresFact("nginx")]
    public async Task Killed_demonstration_takes_its_proxy_along()
    {
        await using var sample = Start("--Proxy=nginx");
        var line = "";
        var directory = "";
        while (!line.StartsWith("Over the network", StringComparison.Ordinal))
        {
            line = await sample.ReadLineAsync();
            Assert.True(line is not null, sample.Errors);
            directory = line.StartsWith($"{ClientLine}tachyon", StringComparison.Ordinal) ? DirectoryOf(line) : directory;
        }

        Assert.NotEmpty(ProcessesThatName(directory));
        sample.Kill();
        await sample.WaitForExitAsync();

        await Watchdog.Until(() => !ProcessesThatName(directory).Any(), "the end of all that it started");
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task Unknown_proxy_is_an_error()
    {
        (var exitCode, var lines, var errors) = await RunAsync("--Proxy=another");

        Assert.Equal(1, exitCode);
        Assert.Empty(lines);
        Assert.Equal("Proxy is 'nginx' or 'haproxy', not 'another'.", errors.Trim());
    }

    private static async Task AssertMovesAsync(string proxy)
    {
        (var exitCode, var lines, var errors) = await RunAsync($"--Proxy={proxy}");

        Assert.True(exitCode == 0, $"{string.Join('\n', lines)}\n{errors}");
        Assert.Equal(7, lines.Count);
        Assert.Equal("On this machine, one server:", lines[0]);
        Assert.StartsWith($"{ClientLine}tachyon:///", lines[1], StringComparison.Ordinal);
        var one = Answers.Of(lines[2]);
        Assert.Equal("shared memory", one.Connection);
        Assert.Equal($"Over the network, two servers behind {proxy}:", lines[3]);
        Assert.StartsWith($"{ClientLine}http://127.0.0.1:", lines[4], StringComparison.Ordinal);

        // Both have answered, none of them the one over shared memory, and no answer was lost on the way.
        var first = Answers.Of(lines[5]);
        var second = Answers.Of(lines[6]);
        Assert.All([first, second], static answers => Assert.StartsWith("TCP port ", answers.Connection, StringComparison.Ordinal));
        Assert.NotEqual(first.Connection, second.Connection);
        Assert.Equal(3, new HashSet<int> { one.Process, first.Process, second.Process }.Count);
        Assert.Equal(one.Count, first.Count + second.Count);

        var directory = DirectoryOf(lines[1]);
        Assert.False(Directory.Exists(directory), $"{directory} is still there.");
        Assert.Empty(ProcessesThatName(directory));
    }

    private static async Task<(int ExitCode, IReadOnlyList<string> Lines, string Errors)> RunAsync(string argument)
    {
        await using var sample = Start(argument);
        var run = await sample.RunToEndAsync();
        return (run.ExitCode, run.Output.Length == 0 ? [] : run.Output.Split('\n'), run.Errors);
    }

    private static ChildProgram Start(string argument)
    {
        var configuration = new DirectoryInfo(AppContext.BaseDirectory).Parent!.Name;
        return ChildProgram.Start(Repository.FilePath("samples", "ScaleOut", "bin", configuration, "net10.0", "ScaleOut"), [argument]);
    }

    /// <summary>What the demonstration made for itself: the socket of its first server lies there.</summary>
    private static string DirectoryOf(string clientLine) => Path.GetDirectoryName(clientLine[$"{ClientLine}tachyon://".Length..])!;

    private static IEnumerable<string> ProcessesThatName(string directory)
    {
        foreach (var process in Directory.GetDirectories("/proc").Where(static path => Path.GetFileName(path).All(char.IsAsciiDigit)))
        {
            var command = "";
            try
            {
                command = File.ReadAllText(Path.Combine(process, "cmdline"));
            }
            catch (IOException)
            {
                // It ended meanwhile.
            }

            if (command.Contains(directory, StringComparison.Ordinal))
            {
                yield return command;
            }
        }
    }

    private sealed partial record Answers(int Count, int Process, string Connection)
    {
        internal static Answers Of(string line)
        {
            var match = Form().Match(line);
            Assert.True(match.Success, line);
            return new Answers(Number(match.Groups[1]), Number(match.Groups[2]), match.Groups[3].Value);
        }

        private static int Number(Group group) => int.Parse(group.Value, CultureInfo.InvariantCulture);

        [GeneratedRegex("^    ([1-9][0-9]*) answers from process ([0-9]+), which was asked over (.+)$")]
        private static partial Regex Form();
    }
}
