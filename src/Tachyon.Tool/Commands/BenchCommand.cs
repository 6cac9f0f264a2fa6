using System.CommandLine;
using Grpc.Core;
using Spectre.Console;
using Tachyon.Measuring;
using Tachyon.Tool.Commands.Bench;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands;

/// <summary>Compares Tachyon with Kestrel's Unix socket on this machine.</summary>
internal static class BenchCommand
{
    private const double Standard = 15;

    internal static Command Create()
    {
        var seconds = CommonOptions.Seconds("--seconds", "How long to measure, in all; the server processes start before.", Standard, 0.5);
        var mode = CommonOptions.Mode();
        var json = CommonOptions.Json("Print the result as one line of JSON.");
        var command = new Command("bench", Help.Describe(
            "Compares gRPC over shared memory with gRPC over Kestrel's Unix socket on this machine: small calls one and sixteen at a time, "
            + "calls of 64 KiB, streams up and down. The rounds of both transports are interleaved, with client and server in separate "
            + "processes. Rows that the socket wins are shown as well.",
            "tachyon bench                    about 15 s",
            "tachyon bench --seconds 60       less noise",
            "tachyon bench --mode park        without polling",
            "tachyon bench --json             for scripts"))
        {
            seconds, mode, json,
        };
        command.SetAction((result, cancellationToken) => RunAsync(
            TimeSpan.FromSeconds(result.GetValue(seconds)), result.GetValue(mode), result.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(TimeSpan total, TachyonWaitMode mode, bool json, CancellationToken cancellationToken)
    {
        BenchReport report;
        try
        {
            Task<BenchReport> Measure(Action<string> progress) => Comparison.RunAsync(total, mode, progress, cancellationToken);
            report = Terminal.IsInteractive && !json
                ? await AnsiConsole.Status()
                    .StartAsync("Starting …", context => Measure(name => context.Status(Markup.Escape(name)))).ConfigureAwait(false)
                : await Measure(static _ => { }).ConfigureAwait(false);
        }
        catch (RpcException) when (cancellationToken.IsCancellationRequested)
        {
            return ExitCodes.Interrupted;
        }
        catch (RpcException exception)
        {
            throw new ToolException($"A call failed with {exception.StatusCode}: {exception.Status.Detail}", exception);
        }
        catch (MeasurementException exception)
        {
            throw new ToolException(exception.Message, exception);
        }

        if (json)
        {
            Json.WriteLine(report);
        }
        else
        {
            BenchOutput.Write(report);
        }

        return ExitCodes.Success;
    }
}
