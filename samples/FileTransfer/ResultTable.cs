using System.Globalization;
using Spectre.Console;

namespace FileTransfer;

/// <summary>The two transports side by side, and their ratio. It fits a terminal of 80 columns.</summary>
internal static class ResultTable
{
    private static readonly (string Title, string Format, bool MoreIsBetter, Func<RoundResult, double> Value)[] s_columns =
    [
        ("Up\nMB/s", "F0", true, round => round.UploadMBps),
        ("Down\nMB/s", "F0", true, round => round.DownloadMBps),
        ("Unary\np50 us", "F1", false, round => round.UnaryP50Us),
        ("Unary\np99 us", "F1", false, round => round.UnaryP99Us),
        ("CPU ms\nclient", "F0", false, round => round.ClientCpuMs),
        ("CPU ms\nserver", "F0", false, round => round.ServerCpuMs),
    ];

    public static void Write(IReadOnlyList<RoundResult> results, IReadOnlyDictionary<Transport, OpenSockets> sockets)
    {
        var table = new Table().Border(TableBorder.Rounded).AddColumn("Transport");
        table.AddColumns([.. s_columns.Select(column => new TableColumn(column.Title).RightAligned())]);
        table.AddColumn("Sockets,\nopen");
        foreach (var transport in Transports.All)
        {
            var open = $"client {sockets[transport].Client.Connected.Count}\nserver {sockets[transport].Server.Connected.Count}";
            table.AddRow(
            [
                Transports.NameOf(transport),
                .. s_columns.Select(
                    column => Median(results, transport, column.Value).ToString(column.Format, CultureInfo.InvariantCulture)),
                sockets[transport].HasDataPath ? open : "[green]none[/]",
            ]);
        }

        var ratios = s_columns.Select(column =>
        {
            var ratio = Median(results, Transport.Tachyon, column.Value) / Median(results, Transport.UnixSocket, column.Value);
            var color = ratio > 1 == column.MoreIsBetter ? "green" : "yellow";
            return string.Create(CultureInfo.InvariantCulture, $"[{color}]{ratio:F2}x[/]");
        });
        table.AddEmptyRow().AddRow(["Tachyon /\nUnix socket", .. ratios, ""]);
        AnsiConsole.Write(table);
        AnsiConsole.WriteLine($"Medians of {results.Count / Transports.All.Length} interleaved rounds.");
        AnsiConsole.WriteLine("Unary: 64 bytes, one call in flight. CPU: a round's transfers and calls.");
        foreach (var transport in Transports.All.Where(transport => sockets[transport].HasDataPath))
        {
            WriteSockets($"Sockets on the data path of {Transports.NameOf(transport)}", sockets[transport], report => report.Connected);
        }

        WriteSockets("Only listening meanwhile", sockets[Transport.Tachyon], report => report.Listening);
    }

    /// <summary>Over the rounds, so that one that other processes disturbed does not count.</summary>
    private static double Median(IEnumerable<RoundResult> results, Transport transport, Func<RoundResult, double> value)
    {
        double[] values = [.. results.Where(round => round.Transport == transport).Select(value).Order()];
        return (values[(values.Length - 1) / 2] + values[values.Length / 2]) / 2;
    }

    private static void WriteSockets(string title, OpenSockets sockets, Func<SocketReport, IEnumerable<string>> kind) =>
        AnsiConsole.WriteLine($"{title}: {List(kind(sockets.Client))} in the client, {List(kind(sockets.Server))} in the server.");

    private static string List(IEnumerable<string> sockets) => string.Join(" + ", sockets.DefaultIfEmpty("none"));
}
