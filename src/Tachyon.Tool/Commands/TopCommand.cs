using System.CommandLine;
using Spectre.Console;
using Tachyon.Tool.Commands.Top;
using Tachyon.Tool.Commands.Top.Methods;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands;

/// <summary>Every Tachyon connection of the machine that this user may see.</summary>
internal static class TopCommand
{
    internal static Command Create()
    {
        var once = new Option<bool>("--once") { Description = "Look once, over one interval, and end." };
        var json = CommonOptions.Json("Print each look as one line of JSON.");
        var interval = CommonOptions.Seconds("--interval", "Seconds from one look to the next.", 1, 0.05);
        var processId = CommonOptions.ProcessId("--pid", "Only the connections of this process, on either side.");
        var path = new Option<TachyonEndPoint?>("--path")
        {
            Description = $"Only the connections of the server at this socket. {LocalAddress.Forms}.",
            HelpName = "address",
            CustomParser = LocalAddress.ParseEndPoint,
        };
        var methods = new Option<bool>("--methods")
        {
            Description = "Also the methods of the servers: calls per second and percentiles of their time. Makes each server measure them meanwhile.",
        };
        var command = new Command("top", Help.Describe(
            "Shows every Tachyon connection of this machine that you may see, the busiest first: socket, age, processes, users, wait modes, how often each side sleeps (parks) and wakes the other one (wakes) per second, throughput and fill of both rings. Without --methods it only reads.",
            "tachyon top                      a live view until Ctrl-C",
            "tachyon top --once               one look over a second",
            "tachyon top --once --json        the same for scripts",
            "tachyon top --path /run/app.sock the connections of one server",
            "tachyon top --pid 4711           those of one process",
            "tachyon top --methods            and which methods are called",
            "sudo tachyon top --interval 5    connections of all users, every five seconds"))
        {
            once, json, interval, processId, path, methods,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var filter = new TopFilter(result.GetValue(processId), result.GetValue(path));
            var looks = LooksAsync(TimeSpan.FromSeconds(result.GetValue(interval)), filter, result.GetValue(methods), cancellationToken);
            return RunAsync(looks, result.GetValue(once), result.GetValue(json));
        });
        return command;
    }

    private static async Task<int> RunAsync(IAsyncEnumerable<TopReport> looks, bool once, bool json)
    {
        if (!json && !once && Terminal.IsInteractive && AnsiConsole.Profile.Capabilities.Ansi)
        {
            await TopScreen.ShowAsync(looks).ConfigureAwait(false);
            return ExitCodes.Success;
        }

        await foreach (var report in looks.ConfigureAwait(false))
        {
            if (json)
            {
                Json.WriteLine(report);
            }
            else
            {
                AnsiConsole.Write(new Listing(new TopTable(report, AnsiConsole.Profile.Width, int.MaxValue).Lines()));
            }

            if (once)
            {
                break;
            }
        }

        return ExitCodes.Success;
    }

    private static async IAsyncEnumerable<TopReport> LooksAsync(
        TimeSpan interval,
        TopFilter filter,
        bool withMethods,
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var scanner = new RegionScanner();
        using var feeds = withMethods ? new MethodFeeds(interval) : null;
        var before = Snapshot.Take(scanner);
        var report = Rates.Between(before, before, filter);
        while (true)
        {
            if (feeds is not null)
            {
                await feeds.FollowAsync(report, cancellationToken).ConfigureAwait(false);
            }

            await Task.Delay(interval, cancellationToken).ConfigureAwait(false);
            var now = Snapshot.Take(scanner);
            report = Rates.Between(before, now, filter);
            yield return feeds is null ? report : await feeds.AddToAsync(report, cancellationToken).ConfigureAwait(false);
            before = now;
        }
    }
}
