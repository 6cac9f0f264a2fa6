using System.CommandLine;
using System.Runtime;
using System.Runtime.InteropServices;
using Microsoft.AspNetCore.Builder;
using Spectre.Console;

namespace Tachyon.Perf;

/// <summary>Compares the modes of Tachyon with Kestrel's own Unix socket: same service, same run, interleaved rounds.</summary>
internal static class Program
{
    internal const string ReadyLine = "ready";

    /// <summary>What starts this program again: its dll when it runs under the dotnet host.</summary>
    internal static string[] OwnArguments
        => Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet" ? [typeof(Program).Assembly.Location] : [];

    private static Task<int> Main(string[] args)
    {
        var rounds = new Option<int>("--rounds") { Description = "Rounds per scenario and rival.", DefaultValueFactory = _ => 5 };
        var seconds = new Option<double>("--seconds") { Description = "Length of a round.", DefaultValueFactory = _ => 1.0 };
        var only = new Option<string>("--only") { Description = "Run the scenarios whose name contains this.", DefaultValueFactory = _ => "" };
        var rivals = new Option<string[]>("--rivals")
        {
            Description = "Which to compare with the Unix socket.",
            DefaultValueFactory = _ => ["adaptive", "park"],
            AllowMultipleArgumentsPerToken = true,
        };
        var root = new RootCommand("Compares gRPC over shared memory with gRPC over a Unix socket, on this machine.") { rounds, seconds, only, rivals };
        root.SetAction(async result =>
        {
            await CompareAsync(
                result.GetValue(rounds), TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(only)!, result.GetValue(rivals)!);
            return 0;
        });

        var name = new Argument<string>("rival");
        var path = new Argument<string>("path");
        var serve = new Command("serve", "The server process of one rival.") { name, path };
        serve.Hidden = true;
        serve.SetAction(result => ServeAsync(Rival.Named(result.GetValue(name)!), result.GetValue(path)!));
        root.Subcommands.Add(serve);

        var length = new Argument<double>("seconds");
        var paused = new Argument<bool>("paused");
        var call = new Command("call", "The traced client process of 'crossings'.") { name, path, length, paused };
        call.Hidden = true;
        call.SetAction(result => Crossings.CallAsync(
            Rival.Named(result.GetValue(name)!), result.GetValue(path)!, TimeSpan.FromSeconds(result.GetValue(length)), result.GetValue(paused)));
        root.Subcommands.Add(call);

        var crossings = new Command("crossings", "Counts the system calls per unary call of a busy client; needs strace.") { name, seconds };
        crossings.SetAction(result => Crossings.CountAsync(
            Rival.Named(result.GetValue(name)!), TimeSpan.FromSeconds(Math.Max(5, result.GetValue(seconds)))));
        root.Subcommands.Add(crossings);
        root.Subcommands.Add(Floors.FloorsCommand.Create());
        return root.Parse(args).InvokeAsync();
    }

    private static async Task<int> ServeAsync(Rival rival, string path)
    {
        await using WebApplication app = rival.CreateServer(path);
        await app.StartAsync();
        Console.WriteLine(ReadyLine);

        // Until the parent closes our input, or dies.
        await Console.In.ReadToEndAsync();
        await app.StopAsync();
        return 0;
    }

    private static async Task CompareAsync(int rounds, TimeSpan duration, string only, string[] names)
    {
        if (Console.IsOutputRedirected)
        {
            // Without a terminal the library assumes 80 columns and breaks every row.
            AnsiConsole.Profile.Width = 160;
        }

        AnsiConsole.MarkupLineInterpolated(
            $"{RuntimeInformation.OSDescription}, {Environment.ProcessorCount} cores, .NET {Environment.Version}, {(GCSettings.IsServerGC ? "server" : "workstation")} GC; {rounds} rounds of {duration.TotalSeconds} s");
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tachyon-perf-");
        List<Contestant> contestants = [];
        try
        {
            foreach (Rival rival in Rival.All.Where(rival => rival == Rival.UnixSocket || names.Contains(rival.Name)))
            {
                contestants.Add(await Contestant.StartAsync(rival, Path.Combine(directory.FullName, rival.Name)));
            }

            var table = new Table().AddColumns("scenario", "rival", "rate", "ratio", "spread", "p50 us", "p99 us", "CPU us/op", "CPU ratio");
            foreach (Scenario scenario in Scenario.All.Where(scenario => scenario.Name.Contains(only, StringComparison.Ordinal)))
            {
                await MeasureAsync(scenario, contestants, rounds, duration, table);
            }

            AnsiConsole.Write(table);
        }
        finally
        {
            contestants.ForEach(contestant => contestant.Dispose());
            directory.Delete(recursive: true);
        }
    }

    private static async Task MeasureAsync(Scenario scenario, List<Contestant> contestants, int rounds, TimeSpan duration, Table table)
    {
        foreach (Contestant contestant in contestants)
        {
            // Until tiered compilation has settled.
            await contestant.RunAsync(scenario, TimeSpan.FromSeconds(2));
        }

        var samples = contestants.ToDictionary(contestant => contestant, _ => new List<Sample>());
        for (int round = 0; round < rounds; round++)
        {
            foreach (Contestant contestant in contestants)
            {
                samples[contestant].Add(await contestant.RunAsync(scenario, duration));
            }
        }

        List<Sample> baseline = samples[contestants[0]];
        foreach (Contestant contestant in contestants)
        {
            List<Sample> mine = samples[contestant];
            List<double> ratios = [.. mine.Zip(baseline, (one, other) => one.PerSecond / other.PerSecond).Order()];
            table.AddRow(
                scenario.Name,
                contestant.Rival.Name,
                $"{Median(mine, sample => sample.PerSecond):N0} {scenario.Unit}",
                $"{ratios[ratios.Count / 2]:0.00}",
                $"{ratios[0]:0.00}-{ratios[^1]:0.00}",
                $"{Median(mine, sample => sample.P50):0.0}",
                $"{Median(mine, sample => sample.P99):0.0}",
                $"{Median(mine, sample => sample.CpuPerOperation):0.0}",
                $"{Median(mine, sample => sample.CpuPerOperation) / Median(baseline, sample => sample.CpuPerOperation):0.00}");
        }
    }

    private static double Median(List<Sample> samples, Func<Sample, double> of)
    {
        List<double> sorted = [.. samples.Select(of).Order()];
        return sorted[sorted.Count / 2];
    }
}
