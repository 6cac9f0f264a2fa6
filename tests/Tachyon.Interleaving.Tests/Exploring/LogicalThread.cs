namespace Tachyon.Interleaving.Exploring;

/// <summary>One thread of an execution, as the explorer sees it.</summary>
internal sealed class LogicalThread(int id, string name, Action body, bool isDaemon)
{
    internal int Id => id;

    internal string Name => name;

    internal Action Body => body;

    /// <summary>Never ends by itself: an execution is over when only such threads are left waiting.</summary>
    internal bool IsDaemon => isDaemon;

    /// <summary>The real thread, from the first step to the last.</summary>
    internal Worker? Worker { get; set; }

    internal bool IsFinished { get; set; }

    /// <summary>What it does when it is scheduled next.</summary>
    internal Step Next { get; set; } = new("start", "", "", 0);

    /// <summary>What that touches, and how. A start touches nothing, unless it takes a work item off the pool.</summary>
    internal long NextLocation { get; set; } = Locations.Nothing;

    internal Access NextAccess { get; set; } = Access.Write;

    /// <summary>Set while it waits for something that others do.</summary>
    internal Func<bool>? BlockedUntil { get; set; }

    /// <summary>True when it could go on, but only because nothing happens: a timeout.</summary>
    internal Func<bool>? IsIdle { get; set; }

    /// <summary>What it has written and no other thread sees yet, oldest first. Empty unless the exploration models store
    /// buffers.</summary>
    internal List<PendingStore> Stores { get; } = [];

    internal bool IsEnabled => !IsFinished && (BlockedUntil is null || BlockedUntil());

    public override string ToString() => name;
}
