using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Transport;

namespace Tachyon.Perf.Baselines;

/// <summary>The subcommand "baselines", and the hidden one that starts the other process.</summary>
internal static class BaselinesCommand
{
    internal const string Name = "baselines";
    internal const string PeerName = "baselines-peer";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    internal static Command Create()
    {
        var samples = new Option<int?>("--samples")
        {
            Description = $"Round trips of each path. Default {new BaselinesOptions().Samples}, --quick {BaselinesOptions.Quick.Samples}.",
        };
        var quick = new Option<bool>("--quick") { Description = "Few samples and small volumes, in seconds." };
        var names = Enum.GetNames<BaselinePaths>().Except([nameof(BaselinePaths.None), nameof(BaselinePaths.All)]);
        var paths = new Option<BaselinePaths>("--paths")
        {
            Description = $"Only these, separated by commas: {string.Join(", ", names)}.",
            DefaultValueFactory = _ => BaselinePaths.All,
        };
        var json = new Option<FileInfo?>("--json") { Description = "Writes the results to this file as well." };
        samples.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() <= 0)
            {
                result.AddError("--samples must be more than zero.");
            }
        });
        var command = new Command(
            Name, "Measures the lowest cost of a message between two processes: system calls, pipes, sockets, and the ring in C# and in C.")
        {
            samples, quick, paths, json,
        };
        command.SetAction((result, _) => RunAsync(
            result.GetValue(samples), result.GetValue(quick), result.GetValue(paths), result.GetValue(json)));

        var kind = new Argument<string>("kind");
        var address = new Argument<string[]>("address");
        var peer = new Command(PeerName, "The other process of a measurement.") { kind, address };
        peer.Hidden = true;
        peer.SetAction(result => BaselinesPeer.Run(result.GetValue(kind)!, result.GetValue(address)!));
        command.Subcommands.Add(peer);
        return command;
    }

    private static async Task<int> RunAsync(int? samples, bool quick, BaselinePaths paths, FileInfo? json)
    {
        var options = quick ? BaselinesOptions.Quick : new BaselinesOptions();
        options = options with { Samples = samples ?? options.Samples, Paths = paths };
        try
        {
            // A status is for a terminal only.
            var result = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
                ? await AnsiConsole.Status().StartAsync(
                    "...",
                    status => BaselinesMeasurement.MeasureAsync(options with { Progress = text => status.Status = Markup.Escape(text) }))
                : await BaselinesMeasurement.MeasureAsync(options);
            BaselinesReport.Print(result);
            if (json is not null)
            {
                await using var file = json.Create();
                await JsonSerializer.SerializeAsync(file, result, s_json);
            }

            return 0;
        }
        catch (Exception exception) when (exception is MeasurementException or IOException or SocketException or TachyonConnectException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }
}
