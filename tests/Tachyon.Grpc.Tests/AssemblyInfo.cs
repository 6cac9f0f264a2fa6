using System.Runtime.Versioning;

// Two at a time, for they also wait: for processes to start, for writers to stand still. Serial has those that must be alone.
[assembly: CollectionBehavior(MaxParallelThreads = 2)]

// Shared memory in a sealed memfd, /proc and signals: there is no other platform to be portable to.
[assembly: SupportedOSPlatform("linux")]
