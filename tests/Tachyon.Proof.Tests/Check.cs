namespace Tachyon.Proof.Tests;

/// <summary>One line of proof/variants.txt: a model, the macros that change it, and what spin must find.</summary>
internal sealed record Check(string Model, string Macros, string Expected)
{
    internal bool MustHold => Expected is "holds" or "redundant";

    internal static IReadOnlyList<Check> All { get; } = Read();

    private static List<Check> Read()
    {
        List<Check> checks = [];
        foreach (string line in File.ReadLines(Repository.FilePath("proof", "variants.txt")))
        {
            if (line.Length > 0 && line[0] != '#')
            {
                string[] columns = line.Split('|', 4, StringSplitOptions.TrimEntries);
                checks.Add(new Check(columns[0], columns[1], columns[2]));
            }
        }

        return checks;
    }
}
