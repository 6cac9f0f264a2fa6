namespace Tachyon.Interleaving.Exploring;

/// <summary>A schedule under which the code does something wrong: what, and the schedule that shows it again.</summary>
#pragma warning disable CA1032 // Only made here.
internal sealed class ScheduleFailedException(string wrong, string schedule, string steps)
    : Exception($"{wrong}\nSchedule: {schedule}\nSteps:\n{steps}")
#pragma warning restore CA1032
{
    /// <summary>For <see cref="Explorer.Replay"/>.</summary>
    internal string Schedule { get; } = schedule;

    internal string Wrong { get; } = wrong;
}
