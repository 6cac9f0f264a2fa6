using System.Globalization;
using Spectre.Console;
using Tachyon.Tool.Commands.Top.Methods;

namespace Tachyon.Tool.Commands.Top;

/// <summary>
/// A report for people, in lines of a terminal. Where there is room each connection has two lines, one for each side with the ring that it
/// sends into; in a narrow terminal its path, age and memory stand in a line above them.
/// </summary>
/// <param name="report">What is shown.</param>
/// <param name="width">Cells of a line.</param>
/// <param name="height">Lines that there is room for.</param>
internal sealed class TopTable(TopReport report, int width, int height)
{
    private const int LeastWidthOfWide = 120;
    private const int ProcessColumn = 1;
    private const int Gap = 1;
    private const double NearlyFull = 0.9;

    private static readonly Style s_headline = new(decoration: Decoration.Bold);
    private static readonly Style s_path = new(Color.Aqua);
    private static readonly Style s_warning = new(Color.Yellow);
    private static readonly Style s_problem = new(Color.Red);
    private static readonly Style s_hint = new(Color.Grey);

    private static readonly string[] s_headings = ["Side", "Process", "Mode", "Parks/s", "Wakes/s", "Sends", "Fill"];

    // The least width of each, the process apart, which gets what is left.
    private static readonly int[] s_widths = [6, 0, 8, 7, 7, 10, 5];
    private const int FirstNumber = 3;

    private readonly bool _isWide = width >= LeastWidthOfWide;

    internal IReadOnlyList<Line> Lines()
    {
        List<Line> lines = [Summary()];
        List<Line> footer = [.. report.Unseen.Messages.SelectMany(Wrap)];
        if (report.Connections.Count == 0)
        {
            lines.Add(new Line(report.Summary.FilteredOut > 0
                ? "No Tachyon connection matches."
                : "No Tachyon connection is open that this user may see."));
            return [.. lines, .. footer];
        }

        var layout = _isWide ? Layout.Wide(report.Connections, width) : Layout.Narrow(width);
        lines.Add(Cells(layout, layout.Path > 0 ? ["Socket", "Age", "Memory", "Protocol"] : null, s_headings, s_headline, s_headline));
        List<Line>[] connections = [.. report.Connections.Select(connection => Connection(layout, connection))];

        // One more for the line that says what is hidden. The lines about what cannot be seen give way first: with many of them no
        // connection is left.
        var room = height - lines.Count;
        footer = [.. footer.Take(Math.Max(0, room / 3))];
        room -= footer.Count;
        var methods = report.Methods is null ? [] : MethodTable.Lines(report.Methods, width, room / 2);
        room -= methods.Count;
        var shown = 0;
        var allFit = connections.Sum(static connection => connection.Count) <= room;
        for (; shown < connections.Length && (allFit || connections[shown].Count <= room - 1); shown++)
        {
            lines.AddRange(connections[shown]);
            room -= connections[shown].Count;
        }

        if (shown < connections.Length)
        {
            lines.Add(Hidden(report.Connections.Skip(shown)));
        }

        return [.. lines, .. methods, .. footer];
    }

    private Line Summary()
    {
        var summary = report.Summary;
        var text = string.Create(
            CultureInfo.InvariantCulture,
            $"{Count(summary.Connections, "connection")} of {Count(summary.Processes, "process", "processes")}: {Throughput(summary.BytesPerSecond)}, {summary.ParksPerSecond:N0} parks/s, {summary.WakeUpsPerSecond:N0} wakes/s");
        return new Line(summary.FilteredOut == 0 ? text : $"{text} ({summary.FilteredOut} filtered out)", s_headline);
    }

    private static Line Hidden(IEnumerable<ConnectionReport> hidden)
        => new(
            $"{Count(hidden.Count(), "more connection")} ({Throughput(hidden.Sum(static connection => connection.Throughput))}): use a taller window, --pid or --path.",
            s_hint);

    private List<Line> Connection(Layout layout, ConnectionReport connection)
    {
        var memory = connection.Memory.ToString(CultureInfo.InvariantCulture);
        var path = connection.Path is { } text ? PrintableText.Of(text) : "?";
        var age = connection.AgeSeconds is { } seconds ? Age(seconds) : "?";
        var protocol = connection.Protocol ?? "?";
        List<Line> lines = [];
        if (layout.Path == 0)
        {
            var rest = $"  age {age}, {Throughput(connection.Throughput)}, memory {memory}{(protocol == ConnectionReport.DirectMode ? ", direct" : "")}";
            lines.Add(new Line(TextCells.TruncateStart(path, Math.Max(10, width - rest.Length)), s_path).Add(rest));
        }

        // Without a terminal both lines have the path, so a search for it finds both sides.
        string[]? leading = layout.Path == 0 ? null : [path, age, memory, protocol];
        lines.Add(Side(layout, leading, "server", connection.Server, connection.Processes.ElementAtOrDefault(0), connection.ToClient));
        lines.Add(Side(
            layout,
            leading is null || !Terminal.IsInteractive ? leading : ["", "", "", ""],
            "client",
            connection.Client,
            connection.Processes.ElementAtOrDefault(1),
            connection.ToServer));
        lines.AddRange(connection.Notes.Select(note => new Line($"  Connection {memory}: {note}", s_problem)));
        return lines;
    }

    private static Line Side(Layout layout, string[]? leading, string role, SideReport? side, ProcessReport? unassigned, RingReport? ring)
    {
        (var name, var rest) = side is null ? Name(unassigned) : side.Process is null ? ("?", $" {side.OwnProcessId}") : Name(side.Process);
        string[] cells =
        [
            side is null ? "?" : role,
            TextCells.Truncate(name, Math.Max(4, layout.Process - rest.Length)) + rest,
            side?.Mode ?? "?",
            Number(side?.ParksPerSecond),
            Number(side?.WakeUpsSentPerSecond),
            ring is null ? "" : Throughput(ring.BytesPerSecond),
            ring is null ? "" : ring.Fill is { } fill ? fill.ToString("P0", CultureInfo.InvariantCulture) : "?",
        ];
        return Cells(layout, leading, cells, Style.Plain, ring?.Fill >= NearlyFull ? s_warning : Style.Plain);
    }

    private static Line Cells(Layout layout, string[]? leading, string[] cells, Style style, Style styleOfLast)
    {
        var line = new Line();
        if (leading is not null)
        {
            line.Add(
                TextCells.PadRight(TextCells.TruncateStart(leading[0], layout.Path), layout.Path + Gap),
                style == Style.Plain ? s_path : style);
            line.Add(TextCells.PadLeft(leading[1], Layout.Age) + new string(' ', Gap), style);
            line.Add(TextCells.PadLeft(leading[2], Layout.Memory) + new string(' ', Gap), style);
            line.Add(TextCells.PadRight(leading[3], Layout.Protocol) + new string(' ', Gap), style);
        }
        else
        {
            line.Add(new string(' ', Layout.Indentation));
        }

        for (var column = 0; column < cells.Length; column++)
        {
            var cellWidth = column == ProcessColumn ? layout.Process : s_widths[column];
            var cell = TextCells.Truncate(cells[column], cellWidth);
            var padded = column < FirstNumber ? TextCells.PadRight(cell, cellWidth) : TextCells.PadLeft(cell, cellWidth);
            line.Add(column == 0 ? padded : new string(' ', Gap) + padded, column == cells.Length - 1 ? styleOfLast : style);
        }

        return line;
    }

    private static (string Name, string Ids) Name(ProcessReport? process)
        => process is null ? ("?", "") : (process.Name, $" {process.ProcessId} ({process.User})");

    private IEnumerable<Line> Wrap(string message)
    {
        for (var rest = message; rest.Length > 0;)
        {
            var end = rest.Length <= width ? rest.Length : rest.LastIndexOf(' ', width) is > 0 and var blank ? blank : width;
            yield return new Line(rest[..end], s_warning);
            rest = rest[end..].TrimStart(' ');
        }
    }

    private static string Count(int count, string one, string? many = null)
        => string.Create(CultureInfo.InvariantCulture, $"{count:N0} {(count == 1 ? one : many ?? $"{one}s")}");

    private static string Number(double? value) => value switch
    {
        null => "",
        < 1e6 => value.Value.ToString("N0", CultureInfo.InvariantCulture),
        _ => value.Value.ToString("0.0E0", CultureInfo.InvariantCulture),
    };

    private static string Throughput(double? bytesPerSecond) => bytesPerSecond switch
    {
        null => "",
        < 999.5 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond:0} B/s"),
        < 999.95e3 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e3:0.0} kB/s"),
        < 999.95e6 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e6:0.0} MB/s"),
        < 999.995e9 => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond / 1e9:0.00} GB/s"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{bytesPerSecond:0.0E0} B/s"),
    };

    private static string Age(double seconds) => TimeSpan.FromSeconds(seconds) switch
    {
        { TotalSeconds: < 60 } age => $"{age.Seconds} s",
        { TotalMinutes: < 60 } age => $"{age.Minutes} min",
        { TotalHours: < 24 } age => $"{age.Hours} h {age.Minutes} m",
        var age => $"{age.Days} d {age.Hours} h",
    };

    /// <summary>Widths of the columns that depend on the terminal. Without a column for the path there is none for age and memory
    /// either.</summary>
    private readonly record struct Layout(int Path, int Process)
    {
        internal const int Indentation = 2;
        internal const int Age = 9;
        internal const int Memory = 10;
        internal const int Protocol = 8;
        private const int LeastProcess = 12;

        private static int Fixed => s_widths.Sum() + ((s_widths.Length - 1) * Gap);

        internal static Layout Narrow(int width) => new(0, Math.Max(LeastProcess, width - Fixed - Indentation));

        /// <summary>As wide as what is in them, and where that is too much, half of the room for each.</summary>
        internal static Layout Wide(IReadOnlyList<ConnectionReport> connections, int width)
        {
            var room = width - Fixed - Age - Memory - Protocol - (4 * Gap);
            var path = Longest(connections.Select(static connection => PrintableText.Of(connection.Path ?? "")), "Socket");
            var process = Longest(
                connections.SelectMany(static connection => connection.Processes)
                    .Select(static process => string.Concat(Name(process).Name, Name(process).Ids)),
                s_headings[ProcessColumn]);
            return path + process <= room
                ? new Layout(path, process)
                : new Layout(
                    Math.Min(path, Math.Max(room / 2, room - process)), Math.Min(process, Math.Max(room - (room / 2), room - path)));
        }

        private static int Longest(IEnumerable<string> texts, string heading)
            => texts.Append(heading).Max(static text => text.GetCellWidth());
    }
}
