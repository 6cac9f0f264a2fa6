using Spectre.Console;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>What every command prints first.</summary>
internal static class Terminal
{
    internal static void Prepare()
    {
        if (Console.IsOutputRedirected)
        {
            // Without a terminal the library assumes 80 columns and breaks every row.
            AnsiConsole.Profile.Width = 200;
            AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
        }
    }

    internal static void WriteHeader(Machine machine, RunSettings settings)
    {
        AnsiConsole.MarkupLineInterpolated($"{machine.System}, kernel {machine.Kernel}; {machine.Processor}, {machine.Cores} cores; load {machine.LoadAverage}");
        AnsiConsole.MarkupLineInterpolated($"{machine.Runtime}; GC {machine.GarbageCollection}; tiered PGO {machine.TieredPgo}; Tachyon: {machine.Transport}");
        AnsiConsole.MarkupLineInterpolated(
            $"{machine.Date:yyyy-MM-dd HH:mm} UTC; {settings.Rounds} rounds of {settings.RoundLength.TotalSeconds:0.##} s, disturbed ones repeated at most {settings.Repeats} times per scenario; medians; ratios round by round");
    }

    /// <summary>Which scenario is on: on a terminal only, where nobody keeps it.</summary>
    internal static void Progress(string what)
    {
        if (!Console.IsOutputRedirected)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{what}[/]");
        }
    }
}
