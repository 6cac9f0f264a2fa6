using Spectre.Console;

namespace Tachyon.Tool.Commands.Top;

/// <summary>Text in cells of a terminal, of which some characters take two.</summary>
internal static class TextCells
{
    private const string Ellipsis = "…";

    /// <summary>Its beginning, where it does not fit.</summary>
    internal static string Truncate(string text, int width)
    {
        if (text.GetCellWidth() <= width)
        {
            return text;
        }

        var length = text.Length;
        while (length > 0 && text[..length].GetCellWidth() > width - 1)
        {
            length--;
        }

        return width > 0 ? text[..length] + Ellipsis : "";
    }

    /// <summary>Its end, where it does not fit: of a path that says more.</summary>
    internal static string TruncateStart(string text, int width)
    {
        var start = 0;
        if (text.GetCellWidth() > width)
        {
            while (start < text.Length && text[start..].GetCellWidth() > width - 1)
            {
                start++;
            }
        }

        return start == 0 ? text : width > 0 ? Ellipsis + text[start..] : "";
    }

    internal static string PadRight(string text, int width) => text + new string(' ', Math.Max(0, width - text.GetCellWidth()));

    internal static string PadLeft(string text, int width) => new string(' ', Math.Max(0, width - text.GetCellWidth())) + text;
}
