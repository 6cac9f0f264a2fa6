using System.Runtime.Versioning;

// One test at a time: some count what a process holds.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]
