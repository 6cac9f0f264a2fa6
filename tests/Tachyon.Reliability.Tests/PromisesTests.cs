using System.Text.RegularExpressions;

namespace Tachyon.Reliability.Tests;

/// <summary>docs/reliability.md names the tests that hold its promises: they exist.</summary>
public sealed partial class PromisesTests
{
    [Fact]
    public void Every_promise_names_tests_that_exist()
    {
        string[] promises = [.. File.ReadLines(Repository.FilePath("docs", "reliability.md"))
            .Where(static line => line.StartsWith('|') && line.Contains("Tests", StringComparison.Ordinal))];
        HashSet<string> classes = [.. Directory
            .EnumerateFiles(Repository.FilePath("tests"), "*Tests.cs", SearchOption.AllDirectories)
            .Select(static file => Path.GetFileNameWithoutExtension(file))];

        Assert.InRange(promises.Length, 30, 100);
        Assert.All(promises, promise =>
        {
            string[] named = [.. TestClass().Matches(promise).Select(static match => match.Groups[1].Value)];
            Assert.NotEmpty(named);
            Assert.All(named, name => Assert.Contains(name, classes));
        });
    }

    [GeneratedRegex("`([A-Za-z]+Tests)`")]
    private static partial Regex TestClass();
}
