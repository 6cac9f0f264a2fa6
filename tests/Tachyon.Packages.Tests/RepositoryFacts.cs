using System.Xml.Linq;

namespace Tachyon.Packages.Tests;

/// <summary>What the files of the build say.</summary>
internal static class RepositoryFacts
{
    /// <summary>The version of our packages.</summary>
    internal static string Version { get; } = XDocument.Load(Repository.FilePath("Directory.Build.props")).Descendants("Version").Single().Value;

    /// <summary>The versions of others' packages that this repository builds with.</summary>
    internal static IReadOnlyDictionary<string, string> PackageVersions { get; } = XDocument.Load(Repository.FilePath("Directory.Packages.props"))
        .Descendants("PackageVersion")
        .ToDictionary(static package => package.Attribute("Include")!.Value, static package => package.Attribute("Version")!.Value);
}
