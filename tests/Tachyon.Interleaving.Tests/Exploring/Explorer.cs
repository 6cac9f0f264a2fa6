namespace Tachyon.Interleaving.Exploring;

/// <summary>Runs a scenario under every schedule with at most so many preemptions, and throws at the first that does something
/// wrong.</summary>
internal static class Explorer
{
    // A scenario with more is too big, or its bound too high: it would take minutes.
    private static readonly int s_tooMany = TestSize.Of("TACHYON_SCHEDULES", 15_000);

    /// <returns>How many schedules there are.</returns>
    /// <param name="scenario">Sets up what a run needs, from nothing, and adds its threads. Called once for each schedule.</param>
    /// <param name="preemptions">How often a thread that could go on is interrupted, at most; null for all schedules that differ.</param>
    /// <param name="storeBuffers">Stores arrive late, as on x86, instead of at once.</param>
    /// <exception cref="ScheduleFailedException">Something is wrong. With a bound it is shown with as few preemptions as
    /// possible.</exception>
    internal static long Explore(Action<Execution> scenario, int? preemptions = null, bool storeBuffers = false)
    {
        if (preemptions is null)
        {
            return ExploreWithin(scenario, null, storeBuffers);
        }

        long schedules = 0;
        for (var bound = 0; bound <= preemptions; bound++)
        {
            // Few preemptions first: what they show is easier to read. The last round contains the others.
            schedules = ExploreWithin(scenario, bound, storeBuffers);
        }

        return schedules;
    }

    /// <summary>Runs one schedule, as printed by a failure.</summary>
    internal static void Replay(Action<Execution> scenario, string schedule, bool storeBuffers = false)
        => RunOne(scenario, new ReplayScheduler(schedule, storeBuffers));

    private static long ExploreWithin(Action<Execution> scenario, int? preemptions, bool storeBuffers)
    {
        var scheduler = new Scheduler(preemptions, storeBuffers);
        long schedules = 0;
        long runs = 0;
        do
        {
            scheduler.Begin();
            var isNew = RunOne(scenario, scheduler);
            schedules = scheduler.Contention.HasGrown ? 0 : isNew ? schedules + 1 : schedules;
            if (++runs > s_tooMany)
            {
                throw new InvalidOperationException($"More than {s_tooMany} schedules; TACHYON_SCHEDULES allows more.");
            }
        }
        while (scheduler.MoveNext());
        return schedules;
    }

    /// <returns>False when it was given up as redundant.</returns>
    private static bool RunOne(Action<Execution> scenario, Scheduler scheduler)
    {
        var execution = new Execution(scheduler);
        execution.Run(scenario);
        if (execution.Failure is { } wrong)
        {
            throw new ScheduleFailedException(wrong, execution.Schedule, execution.Trace);
        }

        return !execution.IsRedundant;
    }
}
