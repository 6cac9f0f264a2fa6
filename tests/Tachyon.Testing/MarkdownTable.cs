namespace Tachyon.Testing;

/// <summary>The tables of a document, for tests that hold it against the product.</summary>
public static class MarkdownTable
{
    /// <summary>The rows of the tables whose first header is <paramref name="firstHeader"/>: their cells, without backticks.</summary>
    public static IReadOnlyList<IReadOnlyList<string>> Rows(string file, string firstHeader)
    {
        var rows = new List<IReadOnlyList<string>>();
        bool inside = false;
        foreach (string line in File.ReadLines(file))
        {
            IReadOnlyList<string> cells = Cells(line);
            if (cells.Count == 0)
            {
                inside = false;
            }
            else if (!inside)
            {
                inside = cells[0] == firstHeader;
            }
            else if (!cells[0].StartsWith("--", StringComparison.Ordinal))
            {
                rows.Add(cells);
            }
        }

        return rows;
    }

    private static IReadOnlyList<string> Cells(string line)
        => line.StartsWith('|')
            ? [.. line.Trim().Trim('|').Split('|').Select(static cell => cell.Trim().Replace("`", "", StringComparison.Ordinal))]
            : [];
}
