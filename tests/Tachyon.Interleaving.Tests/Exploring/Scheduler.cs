namespace Tachyon.Interleaving.Exploring;

/// <summary>Says who goes on. Goes through all schedules depth first: repeats the decisions that stand, then takes the first option each time.</summary>
internal class Scheduler(int preemptions, bool storeBuffers)
{
    private readonly List<Decision> _decisions = [];
    private int _next;

    internal Contention Contention { get; } = new();

    /// <summary>How often a thread that could go on may be interrupted. Switches where it waits, ends or pauses are free.</summary>
    internal int Preemptions => preemptions;

    internal bool StoreBuffers => storeBuffers;

    /// <summary>Every step is a place to decide, not only those that touch what others touch.</summary>
    internal virtual bool EveryStep => false;

    internal void Begin()
    {
        _next = 0;
        Contention.Begin();
    }

    /// <returns>The option to take.</returns>
    internal virtual int Decide(int[] options, int step, Func<int, string> name)
    {
        if (_next == _decisions.Count)
        {
            _decisions.Add(new Decision(options));
        }

        Decision decision = _decisions[_next++];
        return decision.Options.AsSpan().SequenceEqual(options)
            ? options[decision.Taken]
            : throw Execution.Wrong("the scenario is not deterministic: the same schedule came to another place");
    }

    /// <summary>Goes to the next schedule.</summary>
    /// <returns>False when there is none.</returns>
    internal bool MoveNext()
    {
        if (Contention.HasGrown)
        {
            // What was tried before skipped places to decide.
            _decisions.Clear();
            return true;
        }

        while (_decisions.Count > 0)
        {
            Decision last = _decisions[^1];
            if (last.Taken + 1 < last.Options.Length)
            {
                last.Taken++;
                return true;
            }

            _decisions.RemoveAt(_decisions.Count - 1);
        }

        return false;
    }
}
