namespace Tachyon.RepositoryTests.Documents;

/// <summary>docs/metrics.md lists what the product logs: each id with its level and the beginning of its message.</summary>
public sealed class LogTableTests
{
    [Fact]
    public void The_table_has_each_message_with_its_id_and_level()
    {
        string[] documented = [.. new MarkdownPage(Repository.FilePath("docs", "metrics.md")).Rows("id").Select(static row => $"{row[0]} {row[1]}: {Beginning(row[2])}")];
        string[] logged = [.. SourceMessages.OfLogs.Select(static log => $"{log.Id} {log.Level}: {Beginning(log.Message)}")];

        Assert.InRange(logged.Length, 5, 100);
        Assert.Equal(logged.Order(StringComparer.Ordinal), documented.Order(StringComparer.Ordinal));
    }

    // Up to where the page begins to use words of its own.
    private static string Beginning(string message) => string.Join(' ', message.Split(' ').Take(3)).TrimEnd(':', '.');
}
