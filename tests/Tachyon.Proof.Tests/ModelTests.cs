namespace Tachyon.Proof.Tests;

/// <summary>Every model holds, searched to the end; every variant that takes something away fails as it must.</summary>
public sealed class ModelTests
{
    public static TheoryData<string, string> Models => Rows(check => check.Expected == "holds");

    public static TheoryData<string, string> Variants => Rows(check => !check.MustHold);

    public static TheoryData<string, string> Redundant => Rows(check => check.Expected == "redundant");

    [NeedsTheory("spin", "cc")]
    [MemberData(nameof(Models))]
    public async Task The_model_holds_in_every_state(string model, string macros)
        => Figures.Report("states explored", await MustFind(model, macros, "holds"));

    [NeedsTheory("spin", "cc")]
    [MemberData(nameof(Variants))]
    public async Task The_variant_is_refuted(string model, string macros)
    {
        await MustFind(model, macros, Find(model, macros).Expected);
        Figures.Report("protocol variants refuted", 1);
    }

    [NeedsTheory("spin", "cc")]
    [MemberData(nameof(Redundant))]
    public async Task What_is_called_redundant_is_redundant(string model, string macros)
        => Figures.Report("states explored", await MustFind(model, macros, "holds"));

    [Fact]
    public void Every_model_has_variants_that_fail()
    {
        Assert.NotEmpty(Check.All);
        Assert.All(Check.All, check => Assert.Contains(check.Expected, (string[])["holds", "stuck", "assertion", "redundant"]));
        Assert.All(
            Check.All.Where(check => check.Expected == "holds").Select(check => check.Model).Distinct(),
            model => Assert.Contains(Check.All, check => check.Model == model && !check.MustHold));
    }

    private static async Task<long> MustFind(string model, string macros, string expected)
    {
        (string found, long states, string output) = await Spin.RunAsync(Find(model, macros));
        Assert.True(found == expected, $"{model} with {macros}: expected {expected}, found {found}\n{output}");
        Assert.True(states > 0, output);
        return states;
    }

    private static Check Find(string model, string macros) => Check.All.Single(check => check.Model == model && check.Macros == macros);

    private static TheoryData<string, string> Rows(Func<Check, bool> which)
    {
        TheoryData<string, string> rows = [];
        foreach (Check check in Check.All.Where(which))
        {
            rows.Add(check.Model, check.Macros);
        }

        return rows;
    }
}
