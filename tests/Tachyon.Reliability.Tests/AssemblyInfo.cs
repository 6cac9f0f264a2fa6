using System.Runtime.Versioning;

// One test at a time: they load the machine. What they count is held by child processes.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]
