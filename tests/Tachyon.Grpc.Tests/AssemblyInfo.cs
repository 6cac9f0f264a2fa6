using System.Runtime.Versioning;

// One test at a time: the suite looks into the server's state when a call hangs, and a polling transport takes a core for itself. Tests
// beside each other would disturb both; the tests themselves are concurrent enough.
[assembly: CollectionBehavior(DisableTestParallelization = true)]

// Shared memory in a sealed memfd, /proc and signals: there is no other platform to be portable to.
[assembly: SupportedOSPlatform("linux")]
