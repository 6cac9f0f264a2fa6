using System.IO.Compression;
using System.Xml.Linq;

namespace Tachyon.Packages.Tests.Packing;

/// <summary>The packages of this checkout in a temporary folder, made once for all tests of the class.</summary>
public sealed class PackedRepository : IAsyncLifetime, IDisposable
{
    // 'dotnet pack' itself is for Release; the contents are the same, and these assemblies are built already.
    private const string Configuration =
#if DEBUG
        "Debug";
#else
        "Release";
#endif

    private readonly TempDirectory _directory = new();

    /// <summary>The folder, as a package source.</summary>
    internal string Folder => _directory.FilePath("packages");

    /// <summary>Where a test may put more; it goes with the packages.</summary>
    internal string FilePath(string name) => _directory.FilePath(name);

    /// <summary>For whatever restores from the folder: a package cache of its own, lest it finds an older package of the same version.</summary>
    internal IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["NUGET_PACKAGES"] = _directory.FilePath("cache") };

    public async Task InitializeAsync()
    {
        await Command.DotnetAsync(Repository.Root, ["pack", "Tachyon.Grpc.sln", "--no-build", "-c", Configuration, "-o", Folder, "-v", "q"]);

        // The feed of a machine may lack what Grpc.Net.Client and Grpc.AspNetCore.Server depend on (eng/grpc-abstractions/README.md). The stand-ins
        // that this repository builds bear the official names; here, and nowhere else, they are packed under them, so that a project
        // outside of the repository can be restored. The packages under test depend on the official ones, as the tests check.
        foreach (string project in (string[])["Grpc.Core.Api", "Grpc.Net.Common"])
        {
            await Command.DotnetAsync(
                Repository.Root,
                ["pack", Repository.FilePath("eng", "grpc-abstractions", project), "--no-build", "-c", Configuration, "-o", Folder, "-v", "q", "-p:IsPackable=true"]);
        }
    }

    public Task DisposeAsync() => Task.CompletedTask;

    public void Dispose() => _directory.Dispose();

    /// <summary>Writes a nuget.config that adds the folder to the sources of the machine.</summary>
    internal void WriteConfiguration(string directory)
        => File.WriteAllText(
            Path.Combine(directory, "nuget.config"),
            $"""<configuration><packageSources><add key="packed here" value="{Folder}" /></packageSources></configuration>""");

    internal ZipArchive Open(string package, string extension = "nupkg")
        => ZipFile.OpenRead(Path.Combine(Folder, $"{package}.{RepositoryFacts.Version}.{extension}"));

    internal XElement Metadata(string package)
    {
        using ZipArchive archive = Open(package);
        using Stream stream = archive.GetEntry($"{package}.nuspec")!.Open();
        XElement root = XDocument.Load(stream).Root!;
        return root.Element(root.Name.Namespace + "metadata")!;
    }
}
