using System.Text.RegularExpressions;

namespace Tachyon.Proof.Tests;

/// <summary>
/// The steps of the models quote the lines of C# that they stand for: <c>// src: FILE MEMBER: LINE</c>. A quote that is not in that member
/// any more means that the model is one of another program.
/// </summary>
public sealed partial class QuoteTests
{
    // A quote names its file relative to one of these. No two of them have a file of the same relative name that a model quotes.
    private static readonly string[] s_roots =
        ["Tachyon.Transport/Internal", "Shared", "Tachyon.AspNetCore/Internal", "Tachyon.Grpc.Client/Internal"];

    [Fact]
    public void Every_line_that_a_model_quotes_is_still_in_that_member()
    {
        List<string> wrong = [];
        var quotes = 0;
        foreach (var file in Directory.GetFiles(Repository.FilePath("proof"), "*.pml"))
        {
            foreach (var line in File.ReadLines(file))
            {
                var start = line.IndexOf("// src:", StringComparison.Ordinal);
                if (start < 0)
                {
                    continue;
                }

                quotes++;
                var quote = Quote().Match(line[start..]);
                if (!quote.Success || !IsThere(quote.Groups[1].Value, quote.Groups[2].Value, quote.Groups[3].Value))
                {
                    wrong.Add($"{Path.GetFileName(file)}: {line.Trim()}");
                }
            }
        }

        Assert.True(wrong.Count == 0, "Not in the source any more; look at the model again:\n" + string.Join('\n', wrong));
        Assert.True(quotes > 100, $"Only {quotes} quotes found.");
        Figures.Report("source lines quoted by the models", quotes);
    }

    [Theory]
    [InlineData("Waiting/Waiter.cs", "TryComplete", "Disarm();", true)]
    [InlineData("Waiting/Waiter.cs", "Cancel", "Disarm();", false)]
    [InlineData("Waiting/Waiter.cs", "NoSuchMember", "Disarm();", false)]
    [InlineData("Waiting/NoSuchFile.cs", "TryComplete", "Disarm();", false)]
    [InlineData("Frames/SendCredit.cs", "Take", "_left -= taken;", true)]
    [InlineData("Direct/ClientConnection.cs", "TryBegin", "_lastStream = number;", true)]
    [InlineData("Direct/DirectConnection.cs", "OnHeaders", "_lastStream = header.Stream;", true)]
    public void A_quote_counts_only_in_its_own_member(string file, string member, string text, bool expected)
        => Assert.Equal(expected, IsThere(file, member, text));

    private static bool IsThere(string file, string member, string text)
        => s_roots.Any(root =>
        {
            var path = Repository.FilePath("src", root, file);
            return File.Exists(path) && Bodies(File.ReadAllLines(path), member).Any(line => line.Contains(text, StringComparison.Ordinal));
        });

    /// <summary>The lines of all members of this name: from the declaration to the brace, or the semicolon, that ends it.</summary>
    private static IEnumerable<string> Bodies(string[] lines, string member)
    {
        var declaration = new Regex($@"^(    |        )(internal|public|private|protected|void) .*\b{member}( =>|\(|$)");
        for (var i = 0; i < lines.Length; i++)
        {
            var match = declaration.Match(lines[i]);
            if (!match.Success)
            {
                continue;
            }

            var indentation = match.Groups[1].Value;
            for (; i < lines.Length; i++)
            {
                yield return lines[i];
                var expressionEnds = lines[i].EndsWith(';') && !lines[i].StartsWith(indentation + "    ", StringComparison.Ordinal);
                var arrowEnds = lines[i].EndsWith(';') && Arrow().IsMatch(lines[i]);
                var arrowGoesOn = lines[i].EndsWith(';') && lines[i].StartsWith(indentation + "    ||", StringComparison.Ordinal);
                if (lines[i] == indentation + "}" || expressionEnds || arrowEnds || arrowGoesOn)
                {
                    break;
                }
            }
        }
    }

    [GeneratedRegex(@"^// src: (\S+\.cs) (\w+): (.+)$")]
    private static partial Regex Quote();

    [GeneratedRegex(@"^\s+=> ")]
    private static partial Regex Arrow();
}
