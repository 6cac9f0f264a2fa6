using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Mostly they wait for processes to start.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]
