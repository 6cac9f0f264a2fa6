namespace Tachyon.Interleaving.Exploring;

/// <summary>Says who goes on. Goes through all schedules depth first: repeats the decisions that stand, then takes the first option each
/// time.</summary>
/// <remarks>
/// Without a bound of preemptions it leaves out schedules that differ only in the order of steps that do not touch the same thing (sleep
/// sets, after Godefroid: what was tried at a decision stays asleep behind its siblings until a step touches what its step touches). With
/// a bound it leaves out none: the one it keeps could be one that the bound forbids.
/// </remarks>
internal class Scheduler(int? preemptions, bool storeBuffers)
{
    private readonly List<Decision> _decisions = [];
    private readonly List<int> _asleep = [];
    private int _next;

    internal Contention Contention { get; } = new();

    /// <summary>How often a thread that could go on may be interrupted. Switches where it waits or ends are free.</summary>
    internal int Preemptions => preemptions ?? int.MaxValue;

    internal bool StoreBuffers => storeBuffers;

    /// <summary>Every step is a place to decide, not only those that touch what others touch.</summary>
    internal virtual bool EveryStep => false;

    private bool UsesSleepSets => preemptions is null;

    internal void Begin()
    {
        _next = 0;
        _asleep.Clear();
        Contention.Begin();
    }

    /// <returns>The option to take; null when nothing new can come of any.</returns>
    internal virtual int? Decide(int[] options, int step, Func<int, string> name)
    {
        if (options.Length == 1 && !_asleep.Contains(options[0]))
        {
            return options[0];
        }

        if (_next == _decisions.Count)
        {
            var made = new Decision(options);
            for (var i = 0; i < options.Length; i++)
            {
                made.Asleep[i] = _asleep.Contains(options[i]);
            }

            made.Taken = Array.IndexOf(made.Asleep, false);
            if (made.Taken < 0)
            {
                return null;
            }

            _decisions.Add(made);
        }

        var decision = _decisions[_next++];
        if (!decision.Options.AsSpan().SequenceEqual(options))
        {
            throw Execution.Wrong("the scenario is not deterministic: the same schedule came to another place");
        }

        if (UsesSleepSets)
        {
            for (var i = 0; i < decision.Taken; i++)
            {
                if (!_asleep.Contains(options[i]))
                {
                    _asleep.Add(options[i]);
                }
            }
        }

        return options[decision.Taken];
    }

    /// <summary>A step is made: sleeping threads that would touch the same word wake up.</summary>
    internal void Made(Func<int, bool> dependsOnIt)
    {
        if (_asleep.Count > 0)
        {
            _asleep.RemoveAll(option => dependsOnIt(option));
        }
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
            var last = _decisions[^1];
            var next = Array.IndexOf(last.Asleep, false, last.Taken + 1);
            if (next >= 0)
            {
                last.Taken = next;
                return true;
            }

            _decisions.RemoveAt(_decisions.Count - 1);
        }

        return false;
    }
}
