using System.CommandLine;
using Tachyon.Tool.Commands;

namespace Tachyon.Tool;

internal static class Program
{
    private static Task<int> Main(string[] arguments)
    {
        var root = new RootCommand("Looks at Tachyon connections, measures them, and leads others to them.");

        // One line for each command; those that people do not call themselves are hidden.
        root.Subcommands.Add(TopCommand.Create());
        root.Subcommands.Add(PingCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(BenchServerCommand.Create());
        root.Subcommands.Add(ProxyCommand.Create());
        return CommandLine.RunAsync(root, arguments);
    }
}
