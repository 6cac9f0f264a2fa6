using System.CommandLine;
using Spectre.Console;
using Tachyon.Tool.Commands.Top;

namespace Tachyon.Tool.Commands;

/// <summary>Every Tachyon connection of the machine that this user may see.</summary>
internal static class TopCommand
{
    internal static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Look once, over one interval, and end." };
        var json = CommonOptions.Json("Print each look as one line of JSON.");
        var interval = CommonOptions.Seconds("--interval", "Seconds from one look to the next.", 1, 0.05);
        var command = new Command("top", Help.Describe(
            "Shows every Tachyon connection of this machine that you may see: processes, users, wait modes, how often each side sleeps (parks) and wakes the other one (wakes) per second, throughput and fill of both rings. It only reads.",
            "tachyon top                      a live view until Ctrl-C",
            "tachyon top --once               one look over a second",
            "tachyon top --once --json        the same for scripts",
            "sudo tachyon top --interval 5    connections of all users, every five seconds"))
        {
            once, json, interval,
        };
        command.SetAction((result, cancellationToken) =>
            RunAsync(result.GetValue(once), result.GetValue(json), TimeSpan.FromSeconds(result.GetValue(interval)), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(bool once, bool json, TimeSpan interval, CancellationToken cancellationToken)
    {
        if (json || once || !Terminal.IsInteractive)
        {
            await foreach (TopReport report in LooksAsync(interval, cancellationToken).ConfigureAwait(false))
            {
                Write(report, json);
                if (once)
                {
                    break;
                }
            }
        }
        else
        {
            await AnsiConsole.Live(new Text("Looking …")).StartAsync(async context =>
            {
                await foreach (TopReport report in LooksAsync(interval, cancellationToken).ConfigureAwait(false))
                {
                    context.UpdateTarget(TopTable.Render(report));
                }
            }).ConfigureAwait(false);
        }

        return ExitCodes.Success;
    }

    private static async IAsyncEnumerable<TopReport> LooksAsync(
        TimeSpan interval, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scanner = new RegionScanner();
        Snapshot before = Snapshot.Take(scanner);
        while (true)
        {
            await Task.Delay(interval, cancellationToken).ConfigureAwait(false);
            Snapshot now = Snapshot.Take(scanner);
            yield return Rates.Between(before, now);
            before = now;
        }
    }

    private static void Write(TopReport report, bool json)
    {
        if (json)
        {
            Json.WriteLine(report);
        }
        else
        {
            AnsiConsole.Write(TopTable.Render(report));
        }
    }
}
