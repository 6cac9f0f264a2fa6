using Spectre.Console;
using Spectre.Console.Rendering;

namespace Tachyon.Tool.Commands.Top;

/// <summary>One line of a view: pieces of text, each with its style.</summary>
internal sealed class Line
{
    private readonly List<(string Text, Style Style)> _pieces = [];

    internal Line()
    {
    }

    internal Line(string text, Style? style = null) => Add(text, style);

    internal Line Add(string text, Style? style = null)
    {
        _pieces.Add((text, style ?? Style.Plain));
        return this;
    }

    /// <summary>Its pieces, cut off at a width and without blanks at the end.</summary>
    internal IEnumerable<Segment> Render(int width)
    {
        var blanks = 0;
        foreach ((var text, var style) in _pieces)
        {
            var start = text.TrimEnd(' ');
            if (start.Length == 0)
            {
                blanks += text.Length;
                continue;
            }

            var shown = TextCells.Truncate(new string(' ', blanks) + start, width);
            width -= shown.GetCellWidth();
            blanks = text.Length - start.Length;
            yield return new Segment(shown, style);
        }
    }
}
