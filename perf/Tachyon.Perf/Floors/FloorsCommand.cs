using System.CommandLine;
using System.Net.Sockets;
using System.Text.Json;
using Spectre.Console;
using Tachyon.Transport;

namespace Tachyon.Perf.Floors;

/// <summary>The subcommand "floors", and the one by which it starts itself as the other process.</summary>
internal static class FloorsCommand
{
    internal const string Name = "floors";
    internal const string PeerName = "floors-peer";

    private static readonly JsonSerializerOptions s_json = new() { WriteIndented = true };

    internal static Command Create()
    {
        var samples = new Option<int?>("--samples") { Description = $"Round trips of each path. Default {new FloorsOptions().Samples}, with --quick {FloorsOptions.Quick.Samples}." };
        var quick = new Option<bool>("--quick") { Description = "A first look: few samples, small volumes." };
        var paths = new Option<FloorPaths>("--paths")
        {
            Description = $"Only these, with commas between them: {string.Join(", ", Enum.GetNames<FloorPaths>().Where(name => name is not (nameof(FloorPaths.None) or nameof(FloorPaths.All))))}.",
            DefaultValueFactory = _ => FloorPaths.All,
        };
        var json = new Option<FileInfo?>("--json") { Description = "Writes the results to this file as well." };
        samples.Validators.Add(result =>
        {
            if (result.GetValueOrDefault<int?>() <= 0)
            {
                result.AddError("--samples must be more than zero.");
            }
        });
        var command = new Command(Name, "What a message between two processes costs at least: system calls, pipes, sockets, and the ring in C# and in C.")
        {
            samples, quick, paths, json,
        };
        command.SetAction((result, _) => RunAsync(result.GetValue(samples), result.GetValue(quick), result.GetValue(paths), result.GetValue(json)));

        var kind = new Argument<string>("kind");
        var address = new Argument<string[]>("address");
        var peer = new Command(PeerName, "The other process of a measurement.") { kind, address };
        peer.Hidden = true;
        peer.SetAction(result => FloorsPeer.Run(result.GetValue(kind)!, result.GetValue(address)!));
        command.Subcommands.Add(peer);
        return command;
    }

    private static async Task<int> RunAsync(int? samples, bool quick, FloorPaths paths, FileInfo? json)
    {
        FloorsOptions options = quick ? FloorsOptions.Quick : new FloorsOptions();
        options = options with { Samples = samples ?? options.Samples, Paths = paths };
        try
        {
            // Away from a terminal a status is only noise.
            FloorsResult result = AnsiConsole.Profile.Capabilities.Interactive && !Console.IsOutputRedirected
                ? await AnsiConsole.Status().StartAsync(
                    "...", status => FloorsMeasurement.MeasureAsync(options with { Progress = text => status.Status = Markup.Escape(text) }))
                : await FloorsMeasurement.MeasureAsync(options);
            FloorsReport.Print(result);
            if (json is not null)
            {
                await using FileStream file = json.Create();
                await JsonSerializer.SerializeAsync(file, result, s_json);
            }

            return 0;
        }
        catch (Exception exception) when (exception is FloorsException or IOException or SocketException or TachyonConnectException)
        {
            AnsiConsole.MarkupLineInterpolated($"[red]{exception.Message}[/]");
            return 1;
        }
    }
}
