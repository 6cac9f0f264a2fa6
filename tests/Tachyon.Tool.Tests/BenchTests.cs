using System.Diagnostics;
using System.Text.Json;
using Tachyon.Measuring;
using Tachyon.Tool.Commands.Bench;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

[Trait("Category", "Long")]
public sealed class BenchTests
{
    [Fact]
    public async Task Both_transports_are_measured_in_every_row()
    {
        var report = (await ToolRun.RunAsync("bench", "--seconds", "1", "--mode", "park", "--json")).Json();

        Assert.Equal("park", report.Text("mode"));
        Assert.Equal(Environment.ProcessorCount, report.GetProperty("machine").Int("cores"));
        JsonElement[] rows = [.. report.GetProperty("rows").EnumerateArray()];
        Assert.Equal(
            ["unary 64 B, 1 at a time rate", "unary 64 B, 1 at a time p50", "unary 64 B, 16 at a time rate", "unary 64 B, 16 at a time p50",
                "unary 64 KiB, 1 at a time rate", "unary 64 KiB, 1 at a time p50", "upload, 64 KiB messages throughput", "download, 64 KiB messages throughput"],
            rows.Select(static row => $"{row.Text("scenario")} {row.Text("measure")}"));
        Assert.All(rows, static row =>
        {
            foreach (var spread in (string[])["socket", "tachyon", "ratio"])
            {
                var values = row.GetProperty(spread);
                Assert.True(values.Number("lowest") > 0 && values.Number("lowest") <= values.Number("median") && values.Number("median") <= values.Number("highest"));
            }

            var ahead = (row.GetProperty("ratio").Number("median") > 1) != row.GetProperty("lessIsBetter").GetBoolean();
            Assert.Equal(ahead ? "tachyon" : "socket", row.Text("winner"));
        });
    }

    [Fact]
    public async Task Text_for_people_has_a_table_bars_and_a_verdict()
    {
        var run = await ToolRun.RunAsync("bench", "--seconds", "0.5");

        Assert.Equal(0, run.ExitCode);
        Assert.Contains("Spread of the ratio", run.Output, StringComparison.Ordinal);
        Assert.Contains('█', run.Output);
        Assert.DoesNotContain('\u001b', run.Output);
        Assert.DoesNotContain(" \n", run.Output, StringComparison.Ordinal);
        Assert.Matches(@"Tachyon is ahead in (all 8|\d of 8) rows", run.Output);
    }

    [Theory]
    [InlineData(80)]
    [InlineData(149)]
    [InlineData(150)]
    [InlineData(500)]
    public void No_number_is_broken_at_any_width(int width)
    {
        var value = new Spread(1_234_567, 1_000_001, 9_876_543);
        var ratio = new Spread(123.45, 0.01, 999.99);
        BenchRow[] rows =
        [
            new("unary 64 KiB, 16 at a time", "rate", "calls/s", false, value, value, ratio),
            new("unary 64 KiB, 16 at a time", "p50", "us", true, value, value, ratio),
            new("download, 64 KiB messages", "throughput", "MB/s", false, value, value, ratio),
        ];

        string[] lines = [.. BenchTable.Lines(rows, width)];

        Assert.All(lines, line => Assert.InRange(line.Length, 1, width));
        Assert.All(lines, static line => Assert.Equal(line.TrimEnd(), line));
        string[] figures = [.. lines.Where(static line => line.Contains("1,234,567", StringComparison.Ordinal))];
        Assert.Equal(3, figures.Length);
        Assert.All(figures, static line => Assert.Contains("123.45x", line, StringComparison.Ordinal));
        Assert.All(figures, static line => Assert.Contains("0.01x-999.99x", line, StringComparison.Ordinal));
        Assert.Equal(width >= 150, lines[0].StartsWith("Scenario", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    public async Task Interrupted_it_leaves_neither_processes_nor_files(int servers)
    {
        using var directory = new TempDirectory();
        await using var bench = EndlessRun.StartIn(directory.Path, "bench", "--seconds", "600");
        await Watchdog.Until(() => Servers(directory.Path).Length >= servers);

        Assert.Equal(130, (await bench.InterruptAsync()).ExitCode);
        await Watchdog.Until(() => Servers(directory.Path).Length == 0);
        Assert.Empty(Directory.EnumerateFileSystemEntries(directory.Path));
    }

    private static int[] Servers(string directory)
        => [.. Process.GetProcessesByName("dotnet").Where(process => CommandLine(process.Id).Contains($"bench-server\0", StringComparison.Ordinal)
            && CommandLine(process.Id).Contains(directory, StringComparison.Ordinal)).Select(static process => process.Id)];

    private static string CommandLine(int processId)
    {
        try
        {
            return File.ReadAllText($"/proc/{processId}/cmdline");
        }
        catch (IOException)
        {
            return "";
        }
    }
}
