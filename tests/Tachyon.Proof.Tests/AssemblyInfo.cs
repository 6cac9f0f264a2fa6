using System.Runtime.Versioning;

[assembly: SupportedOSPlatform("linux")]

// Each search takes a core and some hundred megabytes: one after the other.
[assembly: CollectionBehavior(DisableTestParallelization = true)]
