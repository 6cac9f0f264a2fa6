using System.Globalization;
using Spectre.Console;
using Spectre.Console.Rendering;

namespace Tachyon.Tool.Commands.Top;

/// <summary>A report for people.</summary>
internal static class TopTable
{
    internal static IRenderable Render(TopReport report)
    {
        List<IRenderable> parts = [];
        if (report.Connections.Count == 0)
        {
            parts.Add(new Text("No Tachyon connection is open that this user may see."));
        }
        else
        {
            parts.Add(Connections(report.Connections));
        }

        foreach (ConnectionReport connection in report.Connections)
        {
            parts.AddRange(connection.Notes.Select(note => new Text($"Connection {connection.Memory}: {note}")));
        }

        parts.AddRange(report.Unseen.Messages.Select(static message => new Text(message)));
        return new Rows(parts);
    }

    private static Table Connections(IReadOnlyList<ConnectionReport> connections)
    {
        Table table = new Table().Border(TableBorder.Simple);
        table.AddColumn("Memory");
        foreach (string side in (string[])["Server", "Client"])
        {
            table.AddColumn(side);
            table.AddColumn(new TableColumn("Mode"));
            table.AddColumn(new TableColumn("Parks/s").RightAligned());
            table.AddColumn(new TableColumn("Wakes/s").RightAligned());
        }

        foreach (string ring in (string[])["To server", "To client"])
        {
            table.AddColumn(new TableColumn(ring).RightAligned());
            table.AddColumn(new TableColumn("Fill").RightAligned());
        }

        foreach (ConnectionReport connection in connections)
        {
            string[] cells =
            [
                connection.Memory.ToString(CultureInfo.InvariantCulture),
                .. Side(connection.Server, connection.Processes.ElementAtOrDefault(0)),
                .. Side(connection.Client, connection.Processes.ElementAtOrDefault(1)),
                .. Ring(connection.ToServer),
                .. Ring(connection.ToClient),
            ];
            table.AddRow(cells.Select(static cell => new Text(cell)));
        }

        return table;
    }

    private static string[] Side(SideReport? side, ProcessReport? unassigned)
        => side is null
            ? [unassigned is null ? "?" : Name(unassigned) + "?", "?", "", ""]
            : [side.Process is { } process ? Name(process) : $"? {side.OwnProcessId}", side.Mode ?? "?", Number(side.ParksPerSecond), Number(side.WakeUpsSentPerSecond)];

    private static string Name(ProcessReport process) => $"{process.Name} {process.ProcessId} ({process.User})";

    private static string[] Ring(RingReport? ring)
        => ring is null
            ? ["", ""]
            : [Throughput(ring.BytesPerSecond), ring.Fill is { } fill ? fill.ToString("P0", CultureInfo.InvariantCulture) : "?"];

    private static string Number(double? value) => value?.ToString("N0", CultureInfo.InvariantCulture) ?? "";

    private static string Throughput(double? bytesPerSecond) => bytesPerSecond switch
    {
        null => "",
        < 1e3 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond:0} B/s"),
        < 1e6 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e3:0.0} kB/s"),
        < 1e9 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e6:0.0} MB/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e9:0.00} GB/s"),
    };
}
