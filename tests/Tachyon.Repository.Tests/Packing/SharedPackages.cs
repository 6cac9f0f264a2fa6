namespace Tachyon.RepositoryTests.Packing;

/// <summary>The tests that install packages share them: packing takes seconds, and their caches hundreds of megabytes.</summary>
[CollectionDefinition(Name)]
public sealed class SharedPackages : ICollectionFixture<PackedRepository>
{
    internal const string Name = "packages";
}
