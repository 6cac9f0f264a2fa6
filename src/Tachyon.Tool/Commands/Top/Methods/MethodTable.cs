using System.Globalization;
using Spectre.Console;

namespace Tachyon.Tool.Commands.Top.Methods;

/// <summary>Methods in lines of a terminal.</summary>
internal static class MethodTable
{
    private const int NumberWidth = 9;
    private const int LeastMethod = 12;
    private const string Gap = " ";

    private static readonly string[] s_numbers = ["HTTP", "Status", "Calls/s", "p50", "p95", "p99"];
    private static readonly Style s_headline = new(decoration: Decoration.Bold);
    private static readonly Style s_hint = new(Color.Grey);

    /// <param name="methods">The busiest first.</param>
    /// <param name="width">Cells of a line.</param>
    /// <param name="height">Lines that there is room for; with one method at least two are needed.</param>
    internal static IReadOnlyList<Line> Lines(IReadOnlyList<MethodReport> methods, int width, int height)
    {
        if (height < 2)
        {
            return [];
        }

        if (methods.Count == 0)
        {
            return [new Line("No calls of methods were seen.")];
        }

        var longest = methods.Select(Label).Append("Method").Max(static label => label.GetCellWidth());
        var labelWidth = Math.Clamp(width - (s_numbers.Length * (NumberWidth + Gap.Length)), LeastMethod, Math.Max(LeastMethod, longest));
        var room = methods.Count <= height - 1 ? methods.Count : height - 2;
        List<Line> lines = [Row("Method", s_numbers, labelWidth, s_headline)];
        lines.AddRange(methods.Take(room).Select(method => Row(Label(method), Numbers(method), labelWidth, Style.Plain)));
        if (room < methods.Count)
        {
            lines.Add(new Line($"{methods.Count - room} more methods: use a taller window.", s_hint));
        }

        return lines;
    }

    private static string Label(MethodReport method) => $"{method.Method ?? "(no route)"} {method.Process.Name} {method.Process.ProcessId}";

    private static string[] Numbers(MethodReport method)
        =>
        [
            method.HttpVersion ?? "?",
            method.HttpStatus ?? "?",
            method.CallsPerSecond.ToString(method.CallsPerSecond is > 0 and < 10 ? "0.0" : "N0", CultureInfo.InvariantCulture),
            Duration(method.P50Seconds),
            Duration(method.P95Seconds),
            Duration(method.P99Seconds),
        ];

    private static Line Row(string label, string[] numbers, int labelWidth, Style style)
    {
        var line = new Line().Add(TextCells.PadRight(TextCells.Truncate(label, labelWidth), labelWidth), style);
        foreach (var number in numbers)
        {
            line.Add(Gap + TextCells.PadLeft(TextCells.Truncate(number, NumberWidth), NumberWidth), style);
        }

        return line;
    }

    private static string Duration(double? seconds) => seconds switch
    {
        null => "",
        < 0.9995e-3 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e6:0} us"),
        < 0.9995 => string.Create(CultureInfo.InvariantCulture, $"{seconds * 1e3:0.0} ms"),
        _ => string.Create(CultureInfo.InvariantCulture, $"{seconds:0.0} s"),
    };
}
