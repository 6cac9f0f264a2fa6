using System.CommandLine;
using Microsoft.AspNetCore.Builder;
using Tachyon.Measuring;
using Tachyon.Tool.Commands.Bench;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands;

/// <summary>The server process of one candidate of 'tachyon bench', which starts it. Hidden.</summary>
internal static class BenchServerCommand
{
    internal const string Name = "bench-server";
    internal const string ReadyLine = "ready";

    internal static Command Create()
    {
        var candidate = new Argument<string>("candidate") { Description = "socket or tachyon." };
        candidate.AcceptOnlyFromAmong(Comparison.Socket, Comparison.Tachyon);
        var path = new Argument<string>("path") { Description = "Where to listen." };
        var mode = CommonOptions.Mode();
        var command = new Command(Name, Help.Describe(
            "The server process of 'tachyon bench'. Ends when its input does.",
            "tachyon bench-server socket /tmp/bench.sock")) { candidate, path, mode };
        command.Hidden = true;
        command.SetAction((result, cancellationToken) => RunAsync(
            Comparison.CreateCandidate(result.GetValue(candidate)!, result.GetValue(mode)), result.GetValue(path)!, cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(Candidate candidate, string path, CancellationToken cancellationToken)
    {
        var server = candidate.CreateServer(path);
        await using (server.ConfigureAwait(false))
        {
            await server.StartAsync(cancellationToken).ConfigureAwait(false);
            Console.Out.WriteLine(ReadyLine);

            // The kernel closes the other end of the input when 'tachyon bench' ends for any reason.
            while (await Console.In.ReadLineAsync(cancellationToken).ConfigureAwait(false) is not null)
            {
            }

            return ExitCodes.Success;
        }
    }
}
