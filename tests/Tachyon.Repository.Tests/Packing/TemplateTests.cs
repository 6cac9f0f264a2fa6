using System.Xml.Linq;

namespace Tachyon.RepositoryTests.Packing;

/// <summary>'dotnet new tachyon-grpc' makes a service, a client and a test that run.</summary>
[Trait("Category", "Long")]
[Collection(SharedPackages.Name)]
public sealed class TemplateTests(PackedRepository packed)
{
    // A name that is no identifier, as names of folders often are.
    private const string Name = "My-Greeter";

    private static readonly string s_content = Repository.FilePath("src", "Tachyon.Templates", "content", "tachyon-grpc");

    [Fact]
    public void Template_takes_the_versions_that_this_repository_builds_with()
    {
        var references = Directory.EnumerateFiles(s_content, "*.csproj", SearchOption.AllDirectories)
            .SelectMany(static project => XDocument.Load(project).Descendants("PackageReference"))
            .Select(static reference => (Id: reference.Attribute("Include")!.Value, Version: reference.Attribute("Version")!.Value))
            .ToList();

        Assert.InRange(references.Count, 5, 30);
        Assert.All(references, static reference => Assert.Equal($"{reference.Id} {VersionHere(reference.Id)}", $"{reference.Id} {reference.Version}"));
    }

    [RequiresFact(Requires.FullRun)]
    public async Task Template_makes_projects_that_build_pass_their_test_and_make_a_call()
    {
        using var directory = new TempDirectory();
        var environment = new Dictionary<string, string>(packed.Environment) { ["DOTNET_CLI_HOME"] = directory.FilePath("home") };
        var package = Path.Combine(packed.Folder, $"Tachyon.Templates.{RepositoryFacts.Version}.nupkg");
        await Command.DotnetAsync(directory.Path, ["new", "install", package], environment);
        await Command.DotnetAsync(directory.Path, ["new", "tachyon-grpc", "-n", Name, "-o", "app"], environment);
        var app = directory.FilePath("app");
        packed.WriteConfiguration(app);

        await Command.DotnetAsync(app, ["build", "-v", "q", "--disable-build-servers", "-p:TreatWarningsAsErrors=true"], environment);
        var tested = await Command.DotnetAsync(app, ["test", "--no-build"], environment);
        Assert.Contains("Passed:     1", tested, StringComparison.Ordinal);

        var socket = directory.NewSocketPath();
        await using var service = ChildProgram.StartProgram(
            Path.Combine(app, $"{Name}.Service/bin/Debug/net10.0/{Name}.Service"),
            [$"--Socket={socket}"],
            environment: new Dictionary<string, string> { ["DOTNET_ROOT"] = Path.GetDirectoryName(ChildProgram.Host)! });
        try
        {
            string? line;
            do
            {
                line = await service.ReadLineAsync();
                Assert.True(line is not null, $"The service ended before it listened: {service.Errors}");
            }
            while (!line.Contains("Now listening on: ", StringComparison.Ordinal));
            var client = await Command.DotnetAsync(
                app, ["exec", $"{Name}.Client/bin/Debug/net10.0/{Name}.Client.dll", $"--Socket={socket}"]);

            Assert.Contains("Hello, world!", client, StringComparison.Ordinal);
            Assert.Contains($"Connected to '{socket}' over shared memory.", client, StringComparison.Ordinal);
        }
        finally
        {
            // The end of its input does not end it, unlike the programs of the tests.
            service.Signal(Signals.Terminate);
            await service.WaitForExitAsync();
        }

        Assert.Equal(0, service.ExitCode);
    }

    private static string VersionHere(string id) => id switch
    {
        "Grpc.Core.Api" => RepositoryFacts.PackageVersions["Grpc.AspNetCore"],
        "Microsoft.Extensions.Hosting" => RepositoryFacts.PackageVersions["Microsoft.Extensions.Http"],
        _ when id.StartsWith("Tachyon.", StringComparison.Ordinal) => RepositoryFacts.Version,
        _ => RepositoryFacts.PackageVersions[id],
    };
}
