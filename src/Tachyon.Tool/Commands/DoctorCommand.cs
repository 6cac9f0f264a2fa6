using System.CommandLine;
using Tachyon.Tool.Commands.Doctor;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands;

/// <summary>Looks for what keeps Tachyon from working here, or from working well.</summary>
internal static class DoctorCommand
{
    internal static Command Create()
    {
        var address = new Argument<TachyonEndPoint?>("address")
        {
            Description = $"A server to look at, too: is its socket there, may you connect, who answers. {LocalAddress.Forms}.",
            Arity = ArgumentArity.ZeroOrOne,
            CustomParser = LocalAddress.ParseEndPoint,
        };
        var json = CommonOptions.Json("Print the findings as one line of JSON.");
        var command = new Command("doctor", Help.Describe(
            "Looks at the kernel, limits, memory and cores, and says what to change. Each finding is ok, a warning or a problem; it ends with 1 when there is a problem.",
            "tachyon doctor                   this machine, this user, this container",
            "tachyon doctor /run/app.sock     and the server at that path",
            "tachyon doctor @app              and the server at that abstract name",
            "tachyon doctor --json            for scripts"))
        {
            address, json,
        };
        command.SetAction((result, cancellationToken) => RunAsync(result.GetValue(address), result.GetValue(json), cancellationToken));
        return command;
    }

    private static async Task<int> RunAsync(TachyonEndPoint? endPoint, bool json, CancellationToken cancellationToken)
    {
        List<Finding> findings =
        [
            .. KernelChecks.All(),
            await ToolChecks.LoopAsync(cancellationToken).ConfigureAwait(false),
            .. LimitChecks.All(),
            .. ResourceChecks.All(),
            ToolChecks.TraceScope(),
            .. endPoint is null ? [] : await SocketChecks.AllAsync(endPoint, cancellationToken).ConfigureAwait(false),
        ];
        var report = DoctorReport.Of(findings);
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
