using System.Runtime.Versioning;

// One test at a time: they load the machine, and count what a process holds.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

[assembly: SupportedOSPlatform("linux")]
