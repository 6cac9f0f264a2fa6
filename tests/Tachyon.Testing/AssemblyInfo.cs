using System.Runtime.Versioning;

// Shared memory in a sealed memfd, /proc and signals: there is no other platform to be portable to.
[assembly: SupportedOSPlatform("linux")]
