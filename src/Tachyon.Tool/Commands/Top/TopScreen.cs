using Spectre.Console;

namespace Tachyon.Tool.Commands.Top;

/// <summary>The live view: a screen of its own, which gives the old one back at the end, with the last look below.</summary>
internal static class TopScreen
{
    private const string Begin = "\u001b[?1049h\u001b[?25l";
    private const string End = "\u001b[?25h\u001b[?1049l";

    internal static async Task ShowAsync(IAsyncEnumerable<TopReport> looks)
    {
        IReadOnlyList<Line> lines = [new Line("Looking …")];
        Console.Out.Write(Begin);
        try
        {
            AnsiConsole.Write(new Frame(lines));
            await foreach (var report in looks.ConfigureAwait(false))
            {
                // The size anew each time: the window may have changed.
                lines = new TopTable(report, AnsiConsole.Profile.Width, AnsiConsole.Profile.Height).Lines();
                AnsiConsole.Write(new Frame(lines));
            }
        }
        finally
        {
            Console.Out.Write(End);
            AnsiConsole.Write(new Listing(lines));
        }
    }
}
