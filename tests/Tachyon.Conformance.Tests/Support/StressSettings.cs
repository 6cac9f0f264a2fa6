namespace Tachyon.Conformance.Tests.Support;

/// <summary>How long the stress tests run.</summary>
internal static class StressSettings
{
    /// <summary>The calls of each case.</summary>
    public static int Calls { get; } = TestSize.Of("TACHYON_STRESS_CALLS", usual: 600, full: 4_000);

    /// <summary>
    /// After this time a call is looked into; after twice that it is given up. No call takes that long by itself.
    /// </summary>
    public static TimeSpan Deadline { get; } = TimeSpan.FromSeconds(3);

    /// <summary>A run with this many failures is over: each of them takes its time, and they have said what there is to say.</summary>
    public static int MostFailures => 5;
}
