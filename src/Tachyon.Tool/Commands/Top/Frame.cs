using Spectre.Console.Rendering;

namespace Tachyon.Tool.Commands.Top;

/// <summary>Lines as a whole screen, over what was there before, in one write: it does not flicker.</summary>
internal sealed class Frame(IReadOnlyList<Line> lines) : IRenderable
{
    private const string ToTopLeft = "\u001b[H";
    private const string EraseLine = "\u001b[2K";
    private const string EraseBelow = "\u001b[J";

    public Measurement Measure(RenderOptions options, int maxWidth) => new(maxWidth, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
    {
        yield return Segment.Control(ToTopLeft);
        for (var index = 0; index < lines.Count; index++)
        {
            if (index > 0)
            {
                yield return Segment.LineBreak;
            }

            // Before the text: after a line that fills the width the cursor is still on its last character.
            yield return Segment.Control(EraseLine);
            foreach (var segment in lines[index].Render(maxWidth))
            {
                yield return segment;
            }
        }

        yield return Segment.Control(EraseBelow);
    }
}

/// <summary>Lines one below the other.</summary>
internal sealed class Listing(IReadOnlyList<Line> lines) : IRenderable
{
    public Measurement Measure(RenderOptions options, int maxWidth) => new(maxWidth, maxWidth);

    public IEnumerable<Segment> Render(RenderOptions options, int maxWidth)
        => lines.SelectMany(line => (IEnumerable<Segment>)[.. line.Render(maxWidth), Segment.LineBreak]);
}
