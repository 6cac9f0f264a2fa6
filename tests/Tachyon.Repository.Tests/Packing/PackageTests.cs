using System.IO.Compression;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Text;
using System.Text.Json;
using System.Xml.Linq;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;

namespace Tachyon.RepositoryTests.Packing;

/// <summary>What 'dotnet pack' makes is what a new user can install and use.</summary>
[Trait("Category", "Long")]
[Collection(SharedPackages.Name)]
public sealed class PackageTests(PackedRepository packed)
{
    private static readonly Guid s_embeddedSource = new("0e8a571b-6926-466e-b4ad-8ab04611f5fe");

    [Fact]
    public void These_packages_are_made()
        => Assert.Equal(
            ["Tachyon.AspNetCore", "Tachyon.Grpc.Client", "Tachyon.Templates", "Tachyon.Tool", "Tachyon.Transport"],
            Directory.EnumerateFiles(packed.Folder, "Tachyon.*.nupkg")
                .Select(static file => Path.GetFileName(file).Replace($".{RepositoryFacts.Version}.nupkg", "", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal));

    [Theory]
    [InlineData("Tachyon.Transport", "lib/net10.0/Tachyon.Transport")]
    [InlineData("Tachyon.AspNetCore", "lib/net10.0/Tachyon.AspNetCore")]
    [InlineData("Tachyon.Grpc.Client", "lib/net10.0/Tachyon.Grpc.Client")]
    [InlineData("Tachyon.Tool", "tools/net10.0/any/tachyon")]
    public void Package_has_its_metadata_files_and_symbols(string package, string assembly)
    {
        var metadata = packed.Metadata(package);
        Assert.Equal(package, Value(metadata, "id"));
        Assert.Equal("Apache-2.0", Value(metadata, "license"));
        Assert.Equal("README.md", Value(metadata, "readme"));
        Assert.Equal("icon.png", Value(metadata, "icon"));
        Assert.True(Value(metadata, "description").Length > 40, Value(metadata, "description"));
        Assert.Null(Element(metadata, "projectUrl"));
        Assert.Contains($"\n## [{RepositoryFacts.Version}] - ", Value(metadata, "releaseNotes"), StringComparison.Ordinal);

        using var archive = packed.Open(package);
        Assert.StartsWith($"# {package}\n", Encoding.UTF8.GetString(Read(archive, "README.md")), StringComparison.Ordinal);
        Assert.Equal(File.ReadAllBytes(Repository.FilePath("eng", "icon.png")), Read(archive, "icon.png"));
        Assert.True(IsDeterministic(Read(archive, assembly + ".dll")), "Two builds of the same sources would differ.");
        Assert.StartsWith("<?xml", Encoding.UTF8.GetString(Read(archive, assembly + ".xml")), StringComparison.Ordinal);

        using var symbols = packed.Open(package, "snupkg");
        Assert.True(HasSources(Read(symbols, assembly + ".pdb")), "The symbols hold no sources.");
    }

    [Fact]
    public void The_icon_is_a_square_of_128_pixels()
    {
        ReadOnlySpan<byte> png = File.ReadAllBytes(Repository.FilePath("eng", "icon.png"));
        Assert.Equal("PNG"u8, png[1..4]);
        Assert.Equal(128, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png[16..]));
        Assert.Equal(128, System.Buffers.Binary.BinaryPrimitives.ReadInt32BigEndian(png[20..]));
    }

    [Theory]
    [InlineData("Tachyon.Transport")]
    [InlineData("Tachyon.AspNetCore", "Tachyon.Transport own")]
    [InlineData("Tachyon.Grpc.Client", "Grpc.Net.Client grpc", "Grpc.Net.ClientFactory grpc", "Microsoft.Extensions.Configuration.Binder extensions", "Microsoft.Extensions.Http extensions", "Tachyon.Transport own")]
    [InlineData("Tachyon.Tool")]
    public void A_package_depends_on_the_lowest_versions_of_others_and_on_the_same_version_of_ours(
        string package, params string[] dependencies)
        => Assert.Equal(
            dependencies.Select(static dependency => dependency
                .Replace(" own", $" [{RepositoryFacts.Version}]", StringComparison.Ordinal)
                .Replace(" grpc", $" {RepositoryFacts.LowestGrpcVersion}", StringComparison.Ordinal)
                .Replace(" extensions", $" {RepositoryFacts.LowestExtensionsVersion}", StringComparison.Ordinal)),
            packed.Metadata(package).Descendants().Where(static element => element.Name.LocalName == "dependency")
                .Select(static element => $"{element.Attribute("id")!.Value} {element.Attribute("version")!.Value}").Order(StringComparer.Ordinal));

    [Fact]
    public void The_summary_of_every_public_option_is_in_the_xml_docs()
    {
        string[] documented = [.. ((string[])["Tachyon.Transport", "Tachyon.AspNetCore", "Tachyon.Grpc.Client"]).SelectMany(DocumentedMembers)];
        Assert.All(
            typeof(TachyonTransportOptions).GetProperties().Concat(typeof(Grpc.Client.TachyonChannelOptions).GetProperties()),
            option => Assert.Contains($"P:{option.DeclaringType!.FullName}.{option.Name}", documented));
    }

    private IEnumerable<string> DocumentedMembers(string package)
    {
        using var archive = packed.Open(package);
        var docs = XDocument.Load(new MemoryStream(Read(archive, $"lib/net10.0/{package}.xml")));
        return [.. docs.Descendants("member").Select(static member => member.Attribute("name")!.Value)];
    }

    [Fact]
    public async Task Getting_started_page_builds_and_makes_a_call()
    {
        using var project = new TempDirectory();
        var socket = project.NewSocketPath();
        GettingStarted.Write(project.Path, socket, RepositoryFacts.PackageVersions);

        await BuildAndCallAsync(project, socket);
    }

    [RequiresFact(Requires.FullRun)]
    public async Task A_project_with_the_lowest_versions_that_we_support_restores_builds_and_makes_a_call()
    {
        var grpc = RepositoryFacts.LowestGrpcVersion;
        var extensions = RepositoryFacts.LowestExtensionsVersion;
        using var project = new TempDirectory();
        var socket = project.NewSocketPath();
        GettingStarted.Write(
            project.Path,
            socket,
            new Dictionary<string, string>(RepositoryFacts.PackageVersions) { ["Grpc.AspNetCore"] = grpc, ["Grpc.Tools"] = grpc });

        // A downgrade (NU1605) is an error by itself; a version that the feed lacks (NU1603) is one only so.
        await File.WriteAllTextAsync(
            project.FilePath("Directory.Build.targets"),
            $"""
            <Project>
              <PropertyGroup><TreatWarningsAsErrors>true</TreatWarningsAsErrors></PropertyGroup>
              <ItemGroup Condition="'$(MSBuildProjectName)' == 'Client'">
                <PackageReference Include="Grpc.Net.Client" Version="{grpc}" />
                <PackageReference Include="Grpc.Net.ClientFactory" Version="{grpc}" />
                <PackageReference Include="Microsoft.Extensions.Http" Version="{extensions}" />
                <PackageReference Include="Microsoft.Extensions.Logging.Console" Version="{extensions}" />
              </ItemGroup>
            </Project>
            """);

        await BuildAndCallAsync(project, socket);

        using var assets = JsonDocument.Parse(await File.ReadAllTextAsync(project.FilePath("Client/obj/project.assets.json")));
        string[] restored = [.. assets.RootElement.GetProperty("libraries").EnumerateObject().Select(static library => library.Name)];
        Assert.Superset(
            new HashSet<string>
            {
                $"Grpc.Net.Client/{grpc}", $"Grpc.Core.Api/{grpc}", $"Microsoft.Extensions.Http/{extensions}", $"Microsoft.Extensions.Logging/{extensions}",
            },
            restored.ToHashSet());
    }

    [Fact]
    public async Task The_tool_installs_and_helps()
    {
        var tools = packed.FilePath("tools");
        packed.WriteConfiguration(Directory.CreateDirectory(tools).FullName);
        await Command.DotnetAsync(
            tools, ["tool", "install", "Tachyon.Tool", "--version", RepositoryFacts.Version, "--tool-path", tools], packed.Environment);

        var help = await Command.RunAsync(Path.Combine(tools, "tachyon"), ["--help"], tools);
        Assert.Contains("Usage:", help, StringComparison.Ordinal);
        Assert.All(["top", "ping", "doctor", "bench", "proxy"], command => Assert.Contains($"\n  {command} ", help, StringComparison.Ordinal));
    }

    private async Task BuildAndCallAsync(TempDirectory project, string socket)
    {
        GettingStarted.WriteFeed(project.Path, packed.Folder);
        await File.WriteAllTextAsync(
            project.FilePath("Both.slnx"),
            """<Solution><Project Path="Server/Server.csproj" /><Project Path="Client/Client.csproj" /></Solution>""");

        await Command.DotnetAsync(project.Path, ["build", "Both.slnx", "-v", "q", "--disable-build-servers"], packed.Environment);

        await using var server = ChildProgram.Start(
            project.FilePath("Server/bin/Debug/net10.0/Server"),
            [],
            environment: new Dictionary<string, string> { ["Logging__LogLevel__Tachyon.AspNetCore"] = "Debug" });
        await ReadToAsync(server, $"Now listening on: http://unix:{socket}?tachyon");
        var said = await Command.DotnetAsync(project.Path, ["exec", "Client/bin/Debug/net10.0/Client.dll"]);
        Assert.Equal("Hello, world!", said.Trim());
        await ReadToAsync(server, "accepted.");

        server.Signal(Signals.Terminate);
        await server.WaitForExitAsync();
        Assert.Equal(0, server.ExitCode);
    }

    private static async Task ReadToAsync(ChildProgram program, string part)
    {
        var seen = new StringBuilder();
        while (await program.ReadLineAsync() is { } line)
        {
            seen.AppendLine(line);
            if (line.Contains(part, StringComparison.Ordinal))
            {
                return;
            }
        }

        Assert.Fail($"The server ended before it said '{part}':\n{seen}{program.Errors}");
    }

    private static XElement? Element(XElement metadata, string name) => metadata.Element(metadata.Name.Namespace + name);

    private static string Value(XElement metadata, string name) => Element(metadata, name)?.Value ?? $"no {name}";

    private static byte[] Read(ZipArchive archive, string name)
    {
        var entry = archive.GetEntry(name);
        Assert.True(entry is not null, $"No '{name}' among {string.Join(", ", archive.Entries.Select(static one => one.FullName))}");
        using var stream = entry.Open();
        var bytes = new MemoryStream();
        stream.CopyTo(bytes);
        return bytes.ToArray();
    }

    private static bool IsDeterministic(byte[] assembly)
    {
        using var reader = new PEReader(new MemoryStream(assembly));
        return reader.ReadDebugDirectory().Any(static entry => entry.Type == DebugDirectoryEntryType.Reproducible);
    }

    private static bool HasSources(byte[] symbols)
    {
        using var provider = MetadataReaderProvider.FromPortablePdbStream(new MemoryStream(symbols));
        var reader = provider.GetMetadataReader();
        return reader.Documents.Any(document => reader.GetCustomDebugInformation(document)
            .Any(handle => reader.GetGuid(reader.GetCustomDebugInformation(handle).Kind) == s_embeddedSource));
    }
}
