using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Perf.Running;

namespace Tachyon.Perf.Output;

/// <summary>The output that all commands share.</summary>
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

    internal static void WriteHeader(RunResult run)
    {
        AnsiConsole.WriteLine(run.Conditions.MachineText(run.Machine));
        AnsiConsole.WriteLine(run.Conditions.RuntimeText(run.Machine));
        var settings = run.Settings;
        AnsiConsole.MarkupLineInterpolated(
            $"{run.Conditions.Date:yyyy-MM-dd HH:mm} UTC; {settings.Rounds} rounds of {settings.RoundLength.TotalSeconds:0.##} s, interleaved");
        AnsiConsole.MarkupLineInterpolated(
            $"Medians; ratios round by round; disturbed rounds repeated at most {settings.Repeats} times per scenario");
    }

    /// <summary>Shows the current scenario, on a terminal only.</summary>
    internal static void Progress(string text)
    {
        if (!Console.IsOutputRedirected)
        {
            AnsiConsole.MarkupLineInterpolated($"[grey]{text}[/]");
        }
    }
}
