using System.Globalization;
using FileTransfer.Shared;
using Spectre.Console;

namespace FileTransfer.Coordinator;

/// <summary>The two transports side by side, and one divided by the other. Narrow enough for a terminal of 80 columns.</summary>
internal static class ResultTable
{
    private static readonly Column[] Columns =
    [
        new("Up\nMB/s", "F0", MoreIsBetter: true, round => round.UploadMegabytesPerSecond),
        new("Down\nMB/s", "F0", MoreIsBetter: true, round => round.DownloadMegabytesPerSecond),
        new("Unary\np50 us", "F1", MoreIsBetter: false, round => round.UnaryP50Microseconds),
        new("Unary\np99 us", "F1", MoreIsBetter: false, round => round.UnaryP99Microseconds),
        new("CPU ms\nclient", "F0", MoreIsBetter: false, round => round.ClientCpuMilliseconds),
        new("CPU ms\nserver", "F0", MoreIsBetter: false, round => round.ServerCpuMilliseconds),
    ];

    public static Table Build(RunReport report)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("Transport");
        foreach (var column in Columns)
        {
            table.AddColumn(new TableColumn(column.Title).RightAligned());
        }

        table.AddColumn("Sockets,\nopen");
        table.AddRow(RowOf(report, Transport.Tachyon));
        table.AddRow(RowOf(report, Transport.UnixSocket));
        table.AddEmptyRow();
        table.AddRow(["Tachyon /\nUnix socket", .. Columns.Select(column => RatioOf(report, column)), ""]);
        return table;
    }

    private static string[] RowOf(RunReport report, Transport transport) =>
    [
        Transports.NameOf(transport),
        .. Columns.Select(column => report.Median(transport, column.Value).ToString(column.Format, CultureInfo.InvariantCulture)),
        SocketsOf(report.SocketsOf(transport)),
    ];

    private static string SocketsOf(SocketsEvent sockets) =>
        sockets.HasDataPath
            ? $"client {sockets.Client.Connected.Length}\nserver {sockets.Server.Connected.Length}"
            : "[green]none[/]";

    private static string RatioOf(RunReport report, Column column)
    {
        var ratio = report.Median(Transport.Tachyon, column.Value) / report.Median(Transport.UnixSocket, column.Value);
        var isBetter = column.MoreIsBetter ? ratio > 1 : ratio < 1;
        return double.IsFinite(ratio)
            ? string.Create(CultureInfo.InvariantCulture, $"[{(isBetter ? "green" : "yellow")}]{ratio:F2}x[/]")
            : "-";
    }

    private sealed record Column(string Title, string Format, bool MoreIsBetter, Func<RoundResult, double> Value);
}
