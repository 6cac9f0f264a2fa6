using System.CommandLine;
using System.Diagnostics;
using Tachyon.Tool.Commands.Ping;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands;

/// <summary>Round trips to a server.</summary>
internal static class PingCommand
{
    internal static Command Create()
    {
        var address = new Argument<PingTarget>("address")
        {
            Description = $"The server: {PingTarget.Forms}.",
            CustomParser = static result =>
            {
                if (!PingTarget.TryParse(result.Tokens[^1].Value, out var target, out var error))
                {
                    result.AddError(error);
                }

                return target;
            },
        };
        var count = CommonOptions.Count("--count", "Round trips that are measured.", 1000, 1);
        var warmUp = CommonOptions.Count("--warm-up", "Round trips before them, that are not.", 100, 0);
        var interval = CommonOptions.Seconds("--interval", "Pause between two. 0: each follows the one before at once.", 0, 0);
        var timeout = CommonOptions.Seconds("--timeout", "How long connecting, and each answer, may take.", 5, 0.001);
        var health = new Option<string?>("--health")
        {
            Description = "Call the standard health service (grpc.health.v1) instead of sending HTTP/2 pings; for the whole server, or for the service that is named.",
            HelpName = "service",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var direct = new Option<bool>("--direct")
        {
            Description = "In direct mode, which the server must allow, instead of HTTP/2.",
        };
        var mode = CommonOptions.Mode();
        var json = CommonOptions.Json("Print the result as one line of JSON.");
        var command = new Command("ping", Help.Describe(
            "Measures round trips to a server. Works with every HTTP/2 server, gRPC or not: it answers PING frames (RFC 9113, section 6.7) before any service is asked. Prints the lowest, the percentiles, the highest, and a histogram.",
            "tachyon ping /run/app.sock                         a thousand, one after the other",
            "tachyon ping /run/app.sock --interval 0.1          with pauses: both sides have gone to sleep between two",
            "tachyon ping /run/app.sock --health                through gRPC, to the health service",
            "tachyon ping /run/app.sock --direct                in direct mode, where the server allows it",
            "tachyon ping unix:///run/other.sock --count 5000   a plain Unix socket, to compare"))
        {
            address, count, warmUp, interval, timeout, health, direct, mode, json,
        };
        command.SetAction((result, cancellationToken) =>
        {
            var settings = new PingSettings(
                result.GetValue(count),
                result.GetValue(warmUp),
                TimeSpan.FromSeconds(result.GetValue(interval)),
                TimeSpan.FromSeconds(result.GetValue(timeout)),
                result.GetValue(mode),
                result.GetValue(direct));
            var service = result.GetResult(health) is null ? null : result.GetValue(health) ?? "";
            return RunAsync(result.GetRequiredValue(address), settings, service, result.GetValue(json), cancellationToken);
        });
        return command;
    }

    private static async Task<int> RunAsync(
        PingTarget target, PingSettings settings, string? service, bool json, CancellationToken cancellationToken)
    {
        var start = Stopwatch.GetTimestamp();
        (var pinger, var server) = await OpenAsync(target, settings, service, cancellationToken).ConfigureAwait(false);
        await using (pinger.ConfigureAwait(false))
        {
            var connect = Stopwatch.GetElapsedTime(start);
            var trips = new RoundTrips();
            try
            {
                await trips.MeasureAsync(pinger, settings, cancellationToken).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (trips.Count > 0)
            {
                // As ping(8): what was measured counts.
            }

            var report = trips.Report(target.Address, server, pinger.Name, connect);
            if (json)
            {
                Json.WriteLine(report);
            }
            else
            {
                report.Write();
            }
        }

        return cancellationToken.IsCancellationRequested ? ExitCodes.Interrupted : ExitCodes.Success;
    }

    private static async Task<(IPinger Pinger, string Server)> OpenAsync(
        PingTarget target, PingSettings settings, string? service, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        IPinger? pinger = null;
        try
        {
            var server = "gRPC";
            if (service is not null)
            {
                pinger = new HealthPinger(target.CreateChannel(settings), service);
            }
            else
            {
                (var stream, server) = await target.ConnectAsync(settings, cancellationToken).ConfigureAwait(false);
                pinger = settings.IsDirect ? new DirectPinger(stream) : new Http2Pinger(stream);
            }

            timeout.CancelAfter(settings.Timeout);
            await pinger.StartAsync(timeout.Token).ConfigureAwait(false);
            return (pinger, server);
        }
        catch (Exception exception)
        {
            if (pinger is not null)
            {
                await pinger.DisposeAsync().ConfigureAwait(false);
            }

            if (exception is OperationCanceledException && !cancellationToken.IsCancellationRequested)
            {
                throw new ToolException($"The server at '{target.Address}' did not answer within {settings.Timeout.TotalSeconds:0.###} s.", exception);
            }

            throw;
        }
    }
}
