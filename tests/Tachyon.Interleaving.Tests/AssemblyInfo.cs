using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// The explorer stands for the whole process: one execution at a time.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
