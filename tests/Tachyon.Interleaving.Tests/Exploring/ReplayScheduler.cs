namespace Tachyon.Interleaving.Exploring;

/// <summary>Follows a schedule that an exploration printed.</summary>
internal sealed class ReplayScheduler(string schedule, bool storeBuffers) : Scheduler(null, storeBuffers)
{
    private readonly List<string> _names = Exploring.Schedule.Parse(schedule);

    internal override bool EveryStep => true;

    internal override int? Decide(int[] options, int step, Func<int, string> name)
    {
        // Behind its end, and while the code allows nothing else, the first option.
        var option = step < _names.Count ? Array.FindIndex(options, candidate => name(candidate) == _names[step]) : 0;
        return option >= 0
            ? options[option]
            : throw Execution.Wrong($"the schedule does not fit the code any more: at step {step} '{_names[step]}' can't go on");
    }
}
