using System.Globalization;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// The reactors of this process. Each serves a share of the connections, which it gets in turn. A process on a machine with few processors
/// has one: its poller finds more messages in a pass, and one thread sleeps. docs/adr/0027-many-cores.md has the arithmetic.
/// </summary>
internal static class Reactors
{
    /// <summary>The number of reactors, in place of the default. For machines that differ from those it was measured on.</summary>
    internal const string Variable = "TACHYON_REACTORS";

    internal const int ProcessorsPerReactor = 8;
    internal const int MaxCount = 16;

    private static readonly Lock s_lock = new();
    private static Reactor[] s_all = [];
    private static int s_next;

    internal static int Count { get; } = CountFor(Environment.ProcessorCount, System.Environment.GetEnvironmentVariable(Variable));

    /// <summary>Those that were needed so far.</summary>
    internal static IReadOnlyList<Reactor> All => Volatile.Read(ref s_all);

    /// <summary>Passes of all pollers so far.</summary>
    internal static long Passes
    {
        get
        {
            long sum = 0;
            foreach (var reactor in Volatile.Read(ref s_all))
            {
                sum += reactor.Poller.Passes;
            }

            return sum;
        }
    }

    /// <summary>Whether a poller has connections.</summary>
    internal static bool IsPolling => Array.Exists(Volatile.Read(ref s_all), static reactor => reactor.Poller.IsActive);

    /// <summary>The reactor of the next connection, made when it is first needed.</summary>
    /// <exception cref="IOException">Out of descriptors; the next call tries again.</exception>
    internal static Reactor Next()
    {
        lock (s_lock)
        {
            var index = s_next;
            if (index == s_all.Length)
            {
                Volatile.Write(ref s_all, [.. s_all, new Reactor()]);
            }

            s_next = (index + 1) % Count;
            return s_all[index];
        }
    }

    internal static int CountFor(int processors, string? variable)
        => int.TryParse(variable, NumberStyles.None, CultureInfo.InvariantCulture, out var count) && count is > 0 and <= MaxCount
            ? count
            : Math.Clamp(processors / ProcessorsPerReactor, 1, MaxCount);
}
