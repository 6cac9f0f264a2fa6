namespace Tachyon.Proof.Tests;

/// <summary>Every variant that takes something away from a model fails as it must. A class of its own: it runs beside the models.</summary>
/// <remarks>A usual run tries every second variant.</remarks>
public sealed class VariantTests
{
    public static TheoryData<string, string> Variants => Check.Rows(check => !check.MustHold, usual: 2);

    [RequiresTheory("spin", "cc")]
    [MemberData(nameof(Variants))]
    public async Task The_variant_is_refuted(string model, string macros)
    {
        await Spin.MustFindAsync(model, macros, Check.Find(model, macros).Expected);
        Figures.Report("protocol variants refuted", 1);
    }
}
