using System.CommandLine;
using Tachyon.Perf.Output;
using Tachyon.Perf.Rivals;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Commands;

/// <summary>Counts the system calls of both sides per unary call.</summary>
internal static class CrossingsCommand
{
    internal static Command Create()
    {
        var rival = new Argument<string>("rival");
        rival.AcceptOnlyFromAmong([.. AllRivals.All.Select(one => one.Name)]);
        var seconds = new Option<double>("--seconds") { Description = "How long to count.", DefaultValueFactory = _ => 3.0 };
        var command = new Command("crossings", "Counts the system calls per unary call of a busy client and its server; needs strace.") { rival, seconds };
        command.SetAction(result => RunAsync(result.GetValue(rival)!, TimeSpan.FromSeconds(result.GetValue(seconds))));
        return command;
    }

    private static async Task<int> RunAsync(string rival, TimeSpan duration)
    {
        var settings = new RunSettings(1, duration, 0, duration, 1);
        await using Comparison comparison = await Comparison.StartAsync([AllRivals.Named(rival)], settings, Terminal.Progress);
        await comparison.CountCrossingsAsync(rival, duration);
        CrossingsTable.Write(comparison.Result.Crossings[0]);
        return 0;
    }
}
