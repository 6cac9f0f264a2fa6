using System.Globalization;

namespace Tachyon.Tool;

/// <summary>Text of another process, made fit for a terminal: it could hold control sequences, or characters that change the order of what
/// is shown.</summary>
internal static class PrintableText
{
    private const char Replacement = '?';

    internal static string Of(string text) => string.Concat(text.Select(static c => IsPrintable(c) ? c : Replacement));

    private static bool IsPrintable(char c)
        => !char.IsControl(c)
        && !char.IsSurrogate(c)
        && char.GetUnicodeCategory(c) is not
            (UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}
