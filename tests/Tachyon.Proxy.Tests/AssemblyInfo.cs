using System.Runtime.Versioning;

// What they count is held by a proxy of their own, and mostly they wait for it to start.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

[assembly: SupportedOSPlatform("linux")]
