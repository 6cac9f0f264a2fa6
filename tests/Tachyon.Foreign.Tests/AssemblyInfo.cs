using System.Runtime.Versioning;

// One test at a time: each has several processes.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]
