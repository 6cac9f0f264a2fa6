using System.CommandLine;
using Tachyon.Tool.Commands.Doctor;

namespace Tachyon.Tool.Commands;

/// <summary>Looks for what keeps Tachyon from working here, or from working well.</summary>
internal static class DoctorCommand
{
    internal static Command Create()
    {
        var path = new Argument<string?>("path")
        {
            Description = "A socket to look at, too: is it there, may you connect, who answers.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        var json = CommonOptions.Json("Print the findings as one line of JSON.");
        var command = new Command("doctor", Help.Describe(
            "Looks at the kernel, limits, memory and cores, and says what to change. Each finding is ok, a warning or a problem; it ends with 1 when there is a problem.",
            "tachyon doctor                   this machine, this user, this container",
            "tachyon doctor /run/app.sock     and the server at that path",
            "tachyon doctor --json            for scripts"))
        {
            path, json,
        };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(path), result.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(string? path, bool json, CancellationToken cancellationToken)
    {
        List<Finding> findings =
        [
            .. KernelChecks.All(),
            await ToolChecks.LoopAsync(cancellationToken).ConfigureAwait(false),
            .. LimitChecks.All(),
            .. ResourceChecks.All(),
            ToolChecks.TraceScope(),
            .. path is null ? [] : await SocketChecks.AllAsync(path, cancellationToken).ConfigureAwait(false),
        ];
        DoctorReport report = DoctorReport.Of(findings);
        if (json)
        {
            Json.WriteLine(report);
        }
        else
        {
            report.Write();
        }

        return report.Problems > 0 ? ExitCodes.Failure : ExitCodes.Success;
    }
}
