namespace Tachyon.Packages.Tests.Api;

/// <summary>The public surface is what the files in approved/ say: nobody adds to it, or takes from it, unnoticed.</summary>
public sealed class ApprovedApiTests
{
    private const string ApproveVariable = "TACHYON_APPROVE_API";

    [Theory]
    [InlineData("Tachyon.Transport")]
    [InlineData("Tachyon.AspNetCore")]
    [InlineData("Tachyon.Grpc.Client")]
    public void The_public_surface_is_the_approved_one(string assembly)
    {
        string file = Repository.FilePath("tests", "Tachyon.Packages.Tests", "approved", assembly + ".txt");
        IReadOnlyList<string> built = PublicApi.Render(Path.Combine(AppContext.BaseDirectory, assembly + ".dll"));
        Assert.NotEmpty(built);
        if (Environment.GetEnvironmentVariable(ApproveVariable) == "1")
        {
            File.WriteAllLines(file, built);
            return;
        }

        IReadOnlyList<string> approved = File.Exists(file) ? File.ReadAllLines(file) : [];
        string difference = ApiDifference.Describe(approved, built);
        Assert.True(
            difference.Length == 0,
            $"The public surface of {assembly} is not the approved one (- approved, + built):\n{difference}\n"
            + $"If that is meant, approve it and commit the files: {ApproveVariable}=1 dotnet test tests/Tachyon.Packages.Tests --filter ApprovedApiTests");
    }

    [Fact]
    public void A_difference_shows_what_went_and_what_came()
        => Assert.Equal(
            "- void A(string? a)\n+ void A(string a)\n+ void C()",
            ApiDifference.Describe(["void A(string? a)", "void B()"], ["void A(string a)", "void B()", "void C()"]));

    [Fact]
    public void Another_order_is_no_difference()
        => Assert.Empty(ApiDifference.Describe(["void A()", "void B()"], ["void B()", "void A()"]));
}
