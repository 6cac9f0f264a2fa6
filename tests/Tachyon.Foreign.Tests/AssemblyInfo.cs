using System.Runtime.Versioning;

// Mostly they wait for other programs to start.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

[assembly: SupportedOSPlatform("linux")]
