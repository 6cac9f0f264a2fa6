using Spectre.Console;

namespace Tachyon.Tool.Commands.Doctor;

/// <summary>What <c>tachyon doctor</c> found.</summary>
internal sealed record DoctorReport(IReadOnlyList<Finding> Findings, int Warnings, int Problems)
{
    internal static DoctorReport Of(IReadOnlyList<Finding> findings)
        => new(
            findings,
            findings.Count(static finding => finding.State == Finding.WarningState),
            findings.Count(static finding => finding.State == Finding.ProblemState));

    internal void Write()
    {
        var table = new Table().Border(TableBorder.None).HideHeaders();
        table.AddColumn("state").AddColumn("check").AddColumn("message");
        foreach (var finding in Findings)
        {
            var color = finding.State switch
            {
                Finding.ProblemState => Color.Red,
                Finding.WarningState => Color.Yellow,
                _ => Color.Green,
            };
            table.AddRow(new Text(finding.State, color), new Text(finding.Check), new Text(finding.Message));
            if (finding.Advice is { } advice)
            {
                table.AddRow(new Text(""), new Text(""), new Text($"-> {advice}", color));
            }
        }

        AnsiConsole.Write(table);
        Console.Out.WriteLine(Problems + Warnings == 0
            ? "Everything is fine."
            : $"{Count(Problems, "problem")}, {Count(Warnings, "warning")}.");
    }

    private static string Count(int count, string what) => count == 1 ? $"1 {what}" : $"{count} {what}s";
}
