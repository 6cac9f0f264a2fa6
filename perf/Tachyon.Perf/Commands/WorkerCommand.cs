using System.CommandLine;
using Tachyon.Perf.Rivals;

namespace Tachyon.Perf.Commands;

/// <summary>The hidden roles in which this program starts itself.</summary>
internal static class WorkerCommand
{
    internal static Command Create(string name, string description, Func<Rival, string, int> run)
    {
        var rival = new Argument<string>("rival");
        var address = new Argument<string>("address");
        var command = new Command(name, description) { rival, address };
        command.Hidden = true;
        command.SetAction(result => run(AllRivals.Named(result.GetValue(rival)!), result.GetValue(address)!));
        return command;
    }
}
