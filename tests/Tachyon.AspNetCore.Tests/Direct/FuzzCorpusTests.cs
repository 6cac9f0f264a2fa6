using Tachyon.Fuzz;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>The seeds from which eng/fuzz starts, through the same targets: each one still reaches what its name promises.</summary>
public sealed class FuzzCorpusTests
{
    public static TheoryData<string, string> Seeds
    {
        get
        {
            var seeds = new TheoryData<string, string>();
            foreach (var side in FuzzTarget.All.Keys)
            {
                foreach (var path in Directory.GetFiles(Folder(side)).Order(StringComparer.Ordinal))
                {
                    seeds.Add(side, Path.GetFileName(path));
                }
            }

            return seeds;
        }
    }

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Seed_breaks_a_rule_exactly_if_it_is_named_a_violation(string side, string seed)
    {
        var input = await File.ReadAllBytesAsync(Path.Combine(Folder(side), seed));

        var violation = await Task.Run(() => FuzzTarget.All[side].Run(input)).Within();

        Assert.True(
            seed.StartsWith("violation-", StringComparison.Ordinal) == (violation is not null),
            $"The outcome is '{violation ?? "valid"}'.");
    }

    private static string Folder(string side) => Repository.FilePath("tests", "Tachyon.Fuzz", "corpus", side);
}
