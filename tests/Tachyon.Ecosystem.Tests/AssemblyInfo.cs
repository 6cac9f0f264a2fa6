using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

[assembly: CollectionBehavior(MaxParallelThreads = 2)]
