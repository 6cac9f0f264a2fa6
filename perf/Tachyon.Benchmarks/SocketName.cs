namespace Tachyon.Benchmarks;

/// <summary>Names of the abstract namespace: no files to clean up.</summary>
internal static class SocketName
{
    private static int s_count;

    internal static string Next() => $"@tachyon-benchmarks-{Environment.ProcessId}-{Interlocked.Increment(ref s_count)}";
}
