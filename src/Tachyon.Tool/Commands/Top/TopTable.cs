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

    /// <summary>Two rows for each connection, one for each side with the ring that it sends into: so it fits a terminal of 80 columns.</summary>
    private static Table Connections(IReadOnlyList<ConnectionReport> connections)
    {
        Table table = new Table().Border(TableBorder.Simple);
        foreach (string column in (string[])["Memory", "Side", "Process", "Mode"])
        {
            table.AddColumn(column);
        }

        foreach (string column in (string[])["Parks/s", "Wakes/s", "Sends", "Fill"])
        {
            table.AddColumn(new TableColumn(column).RightAligned());
        }

        foreach (ConnectionReport connection in connections)
        {
            string memory = connection.Memory.ToString(CultureInfo.InvariantCulture);
            AddRow(table, [memory, .. Side("server", connection.Server, connection.Processes.ElementAtOrDefault(0)), .. Ring(connection.ToClient)]);
            AddRow(table, ["", .. Side("client", connection.Client, connection.Processes.ElementAtOrDefault(1)), .. Ring(connection.ToServer)]);
        }

        return table;
    }

    private static void AddRow(Table table, string[] cells) => table.AddRow(cells.Select(static cell => new Text(cell)));

    private static string[] Side(string role, SideReport? side, ProcessReport? unassigned)
        => side is null
            ? ["?", unassigned is null ? "?" : Name(unassigned), "?", "", ""]
            : [role, side.Process is { } process ? Name(process) : $"? {side.OwnProcessId}", side.Mode ?? "?", Number(side.ParksPerSecond), Number(side.WakeUpsSentPerSecond)];

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
