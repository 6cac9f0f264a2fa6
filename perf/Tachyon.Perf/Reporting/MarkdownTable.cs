using System.Text;

namespace Tachyon.Perf.Reporting;

internal static class MarkdownTable
{
    internal static void Write(StringBuilder text, IReadOnlyList<string> columns, IEnumerable<IReadOnlyList<string>> rows)
    {
        WriteRow(text, columns);
        WriteRow(text, columns.Select(_ => "---"));
        foreach (IReadOnlyList<string> row in rows)
        {
            WriteRow(text, row);
        }
    }

    private static void WriteRow(StringBuilder text, IEnumerable<string> cells)
        => text.Append("| ").AppendJoin(" | ", cells.Select(cell => cell.Replace("|", "\\|", StringComparison.Ordinal))).AppendLine(" |");
}
