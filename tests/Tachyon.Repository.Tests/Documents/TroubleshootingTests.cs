namespace Tachyon.RepositoryTests.Documents;

/// <summary>docs/troubleshooting.md quotes what the product says, word for word, and leaves out nothing that keeps a client from its
/// server.</summary>
public sealed class TroubleshootingTests
{
    /// <summary>Block quotes; "…" stands for what is filled in.</summary>
    private static readonly string[] s_quotes =
    [
        .. File.ReadLines(Repository.FilePath("docs", "troubleshooting.md"))
            .Where(static line => line.StartsWith("> ", StringComparison.Ordinal)).Select(static line => line[2..].Trim()),
    ];

    [Fact]
    public void Every_quoted_error_is_in_the_sources()
    {
        string[] messages = [.. SourceMessages.All];
        Assert.InRange(s_quotes.Length, 20, 200);
        Assert.All(s_quotes, quote =>
        {
            Assert.True(quote.Length > 20, $"'{quote}' is too short to be found by.");
            Assert.True(messages.Any(message => message.Contains(quote, StringComparison.Ordinal)), $"No message in src says '{quote}'.");
        });
    }

    [Fact]
    public void Every_reason_why_connecting_fails_is_quoted()
        => AssertQuoted([.. SourceMessages.OfConnectExceptions], atLeast: 10);

    [Fact]
    public void Every_warning_is_quoted()
        => AssertQuoted(
            [.. SourceMessages.OfLogs.Where(static log => log.Level is "Warning" or "Error" or "Critical").Select(static log => log.Message)], atLeast: 3);

    private static void AssertQuoted(string[] messages, int atLeast)
    {
        Assert.InRange(messages.Length, atLeast, 100);
        Assert.All(messages, static message
            => Assert.True(s_quotes.Any(quote => message.Contains(quote, StringComparison.Ordinal)), $"Not in docs/troubleshooting.md: {message}"));
    }
}
