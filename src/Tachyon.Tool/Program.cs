using System.CommandLine;
using Tachyon.Tool.Commands;

namespace Tachyon.Tool;

internal static class Program
{
    internal static RootCommand CreateRoot()
    {
        var root = new RootCommand("Inspect, capture, measure and proxy Tachyon connections.");

        // One line for each command; those that people do not call themselves are hidden.
        root.Subcommands.Add(TopCommand.Create());
        root.Subcommands.Add(CaptureCommand.Create());
        root.Subcommands.Add(PingCommand.Create());
        root.Subcommands.Add(DoctorCommand.Create());
        root.Subcommands.Add(BenchCommand.Create());
        root.Subcommands.Add(BenchServerCommand.Create());
        root.Subcommands.Add(ProxyCommand.Create());
        return root;
    }

    private static Task<int> Main(string[] arguments)
    {
        Terminal.Prepare();
        return CommandLine.RunAsync(CreateRoot(), arguments, Console.Error);
    }
}
