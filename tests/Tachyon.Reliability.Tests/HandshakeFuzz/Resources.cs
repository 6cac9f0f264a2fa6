namespace Tachyon.Reliability.Tests.HandshakeFuzz;

/// <summary>What this process holds, and exceptions that nobody caught: both are to be as they were after whatever was done to it.</summary>
internal sealed class Resources : IDisposable
{
    // The collector's own bookkeeping and pools grow a little; a leak of one object for each of thousands of handshakes is more.
    private const long Slack = 2 * 1024 * 1024;

    private readonly List<string> _unobserved = [];
    private int _descriptors;
    private int _mappings;
    private long _bytes;

    internal Resources() => TaskScheduler.UnobservedTaskException += OnUnobserved;

    internal async Task RememberAsync()
    {
        int last = -1;
        await Watchdog.Until(() => last == (last = ProcessFacts.Descriptors()), "the descriptors to stand still");
        _descriptors = last;
        _mappings = ProcessFacts.RingMappings();
        _bytes = GC.GetTotalMemory(forceFullCollection: true);
    }

    internal async Task AssertAsBeforeAsync()
    {
        await Watchdog.Until(() => ProcessFacts.Descriptors() <= _descriptors, $"the descriptors to be {_descriptors} again");
        await Watchdog.Until(() => ProcessFacts.RingMappings() <= _mappings, $"the mappings to be {_mappings} again");
        await Watchdog.Until(() => GC.GetTotalMemory(forceFullCollection: true) <= _bytes + Slack, $"the memory to be {_bytes} again");
        GC.WaitForPendingFinalizers();
        Assert.Empty(_unobserved);
    }

    public void Dispose() => TaskScheduler.UnobservedTaskException -= OnUnobserved;

    private void OnUnobserved(object? sender, UnobservedTaskExceptionEventArgs args) => _unobserved.Add(args.Exception.ToString());
}
