using System.Xml.Linq;

namespace Tachyon.RepositoryTests;

/// <summary>What the files of the build say.</summary>
internal static class RepositoryFacts
{
    private static readonly XDocument s_packages = XDocument.Load(Repository.FilePath("Directory.Packages.props"));

    /// <summary>The version of our packages.</summary>
    internal static string Version { get; } = XDocument.Load(Repository.FilePath("Directory.Build.props")).Descendants("Version").Single().Value;

    /// <summary>The lowest version of the gRPC packages that ours work with.</summary>
    internal static string LowestGrpcVersion { get; } = Property("LowestGrpcVersion");

    /// <summary>The lowest version of Microsoft.Extensions.* that ours work with.</summary>
    internal static string LowestExtensionsVersion { get; } = Property("LowestExtensionsVersion");

    /// <summary>The versions of others' packages that this repository builds with.</summary>
    internal static IReadOnlyDictionary<string, string> PackageVersions { get; } = s_packages
        .Descendants("PackageVersion")
        .ToDictionary(static package => package.Attribute("Include")!.Value, static package => Expand(package.Attribute("Version")!.Value));

    private static string Expand(string version)
        => version.StartsWith("$(", StringComparison.Ordinal) ? Property(version[2..^1]) : version;

    private static string Property(string name) => s_packages.Descendants(name).Single().Value;
}
