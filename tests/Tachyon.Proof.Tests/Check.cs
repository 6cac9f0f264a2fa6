namespace Tachyon.Proof.Tests;

/// <summary>One line of proof/variants.txt: a model, the macros that change it, and what spin must find.</summary>
internal sealed record Check(string Model, string Macros, string Expected, bool IsLong)
{
    internal bool MustHold => Expected is "holds" or "redundant";

    /// <summary>
    /// Smaller bounds of the models, for the usual amounts (<see cref="TestSize"/>): a fifth of the time, and each variant is refuted there
    /// too.
    /// </summary>
    private static readonly Dictionary<string, string> s_usualBounds = new()
    {
        ["data"] = "MESSAGES=2",
        ["space"] = "CAPACITY=2",
        ["both"] = "MESSAGES=3",
        ["poll"] = "MESSAGES=2",
        ["close"] = "MESSAGES=1",
        ["credit"] = "POOL=0",
    };

    internal static IReadOnlyList<Check> All { get; } = Read();

    /// <summary>What the preprocessor is given: the macros, and the bounds where they are not those that the model has by itself.</summary>
    internal IEnumerable<string> Definitions
    {
        get
        {
            IEnumerable<string> macros = Macros == "-" ? [] : Macros.Split(' ');
            return TestSize.IsFull || !s_usualBounds.TryGetValue(Model, out var bound) ? macros : macros.Append(bound);
        }
    }

    internal static Check Find(string model, string macros) => All.Single(check => check.Model == model && check.Macros == macros);

    /// <summary>The rows of a theory. Searches that take long are left to full runs (<see cref="TestSize"/>).</summary>
    /// <param name="which">The checks that belong to the theory.</param>
    /// <param name="usual">A usual run takes one row in so many.</param>
    internal static TheoryData<string, string> Rows(Func<Check, bool> which, int usual = 1)
    {
        TheoryData<string, string> rows = [];
        foreach (var check in All.Where(which).Where((check, index) => TestSize.IsFull || (!check.IsLong && index % usual == 0)))
        {
            rows.Add(check.Model, check.Macros);
        }

        return rows;
    }

    private static List<Check> Read()
    {
        List<Check> checks = [];
        foreach (var line in File.ReadLines(Repository.FilePath("proof", "variants.txt")))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                var columns = line.Split('|', 4, StringSplitOptions.TrimEntries);
                var expected = columns[2].Split(',', StringSplitOptions.TrimEntries);
                checks.Add(new Check(columns[0], columns[1], expected[0], IsLong: expected.Contains("long")));
            }
        }

        return checks;
    }
}
