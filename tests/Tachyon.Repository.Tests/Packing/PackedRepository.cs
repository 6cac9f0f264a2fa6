using System.IO.Compression;
using System.Xml.Linq;

namespace Tachyon.RepositoryTests.Packing;

/// <summary>The packages of this checkout in a temporary folder, made once for all tests that use them.</summary>
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

    /// <summary>For whatever restores from the folder: a package cache of its own, lest it finds an older package of the same
    /// version.</summary>
    internal IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string> { ["NUGET_PACKAGES"] = _directory.FilePath("cache") };

    public Task InitializeAsync()
        => Command.DotnetAsync(Repository.Root, ["pack", "Tachyon.Grpc.sln", "--no-build", "-c", Configuration, "-o", Folder, "-v", "q"]);

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
        using var archive = Open(package);
        using var stream = archive.GetEntry($"{package}.nuspec")!.Open();
        var root = XDocument.Load(stream).Root!;
        return root.Element(root.Name.Namespace + "metadata")!;
    }
}
