using System.Text.RegularExpressions;

namespace Tachyon.Reliability.Tests.Exhaustion;

/// <summary>
/// The clock of the machine may jump: nothing in the product waits, gives up or decides by it. Shown on the source, because a test must not set
/// the clock of the machine that it runs on, and Linux has no namespace for it.
/// </summary>
public sealed partial class ClockTests
{
    /// <summary>The first id of a connection in the log, as in Kestrel's own, where any number would do; and the time that 'tachyon top' prints.</summary>
    private static readonly string[] s_harmless =
    [
        "TachyonConnectionContext.cs: private static long s_lastId = DateTime.UtcNow.Ticks;",
        "Rates.cs: DateTime.UtcNow, seconds, connections, new UnseenReport(now.UnseenProcesses, unread, Permissions.Explain(now.UnseenProcesses, unread)));",
        "TopReport.cs: internal sealed record TopReport(DateTime Time, double IntervalSeconds, IReadOnlyList<ConnectionReport> Connections, UnseenReport Unseen);",
    ];

    [Fact]
    public void Product_does_not_look_at_the_wall_clock()
    {
        string source = Path.Combine(RepositoryRoot(), "src");
        string[] files = [.. Directory.EnumerateFiles(source, "*.cs", SearchOption.AllDirectories)
            .Where(static file => !file.Contains("/obj/", StringComparison.Ordinal))];
        Assert.True(files.Length > 40, $"Only {files.Length} files were found in {source}.");

        string[] uses = [.. files.SelectMany(static file => File.ReadLines(file)
            .Where(static line => WallClock().IsMatch(line))
            .Select(line => $"{Path.GetFileName(file)}: {line.Trim()}"))];

        Assert.Equal(s_harmless.Order(StringComparer.Ordinal), uses.Order(StringComparer.Ordinal));
    }

    [GeneratedRegex(@"DateTime|DateOnly|TimeOnly|GetUtcNow|GetLocalNow|CLOCK_REALTIME|gettimeofday|clock_gettime")]
    private static partial Regex WallClock();

    private static string RepositoryRoot()
    {
        string? directory = AppContext.BaseDirectory;
        while (directory is not null && !File.Exists(Path.Combine(directory, "Tachyon.Grpc.sln")))
        {
            directory = Path.GetDirectoryName(directory);
        }

        return directory ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }
}
