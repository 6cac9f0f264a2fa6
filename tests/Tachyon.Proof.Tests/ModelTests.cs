namespace Tachyon.Proof.Tests;

/// <summary>Every model holds, searched to the end, and so does each variant that is called redundant.</summary>
public sealed class ModelTests
{
    public static TheoryData<string, string> Models => Check.Rows(check => check.MustHold);

    [RequiresTheory("spin", "cc")]
    [MemberData(nameof(Models))]
    public async Task The_model_holds_in_every_state(string model, string macros)
        => Figures.Report("states explored", await Spin.MustFindAsync(model, macros, "holds"));

    [Fact]
    public void Every_model_has_variants_that_fail()
    {
        Assert.NotEmpty(Check.All);
        Assert.All(Check.All, check => Assert.Contains(check.Expected, (string[])["holds", "stuck", "assertion", "redundant"]));
        Assert.All(
            Check.All.Where(check => check.Expected == "holds").Select(check => check.Model).Distinct(),
            model => Assert.Contains(Check.All, check => check.Model == model && !check.MustHold));
    }
}
