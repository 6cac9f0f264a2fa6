namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>What this process holds, to be compared with what it holds afterwards.</summary>
internal sealed record OwnResources(int Descriptors, int RingMappings)
{
    internal static OwnResources Take() => new(ProcessFacts.Descriptors(), ProcessFacts.RingMappings());

    /// <summary>
    /// Waits until no more is held than at the start. Connections close in the background; the finalizers are not helped along: what only they
    /// give back is a leak here.
    /// </summary>
    internal async Task AssertReturnedAsync()
    {
        OwnResources now = this;
        try
        {
            await Watchdog.Until(
                () =>
                {
                    now = Take();
                    return now.Descriptors <= Descriptors && now.RingMappings <= RingMappings;
                },
                "the return of descriptors and mappings");
        }
        catch (HungException exception)
        {
            throw new HungException($"Held at the start: {this}. Now: {now}:\n{Listing()}", exception);
        }
    }

    private static string Listing()
        => string.Join('\n', Directory.GetFileSystemEntries("/proc/self/fd").Select(static link => $"{link} {new FileInfo(link).LinkTarget}"));
}
