using System.CommandLine;
using Tachyon.Perf.Reporting;

namespace Tachyon.Perf.Commands;

/// <summary>Makes Markdown with charts of what runs wrote with --json.</summary>
internal static class ReportCommand
{
    internal static Command Create()
    {
        var files = new Argument<FileInfo[]>("files") { Description = "What runs wrote with --json.", Arity = ArgumentArity.OneOrMore };
        var output = new Option<DirectoryInfo>("--output") { Description = "Where to write.", DefaultValueFactory = _ => new DirectoryInfo("perf/report") };
        var command = new Command("report", "Makes a report of runs: Markdown, with charts by gnuplot.") { files, output };
        command.SetAction(result => Report.WriteAsync(result.GetValue(files)!, result.GetValue(output)!));
        return command;
    }
}
