using Spectre.Console;

namespace Tachyon.Tool;

/// <summary>What people see: on a terminal with colours and as wide as it is, else plain text that no width breaks.</summary>
internal static class Terminal
{
    private const int WidthOfPipes = 500;

    internal static bool IsInteractive => !Console.IsOutputRedirected;

    internal static void Prepare()
    {
        if (!IsInteractive)
        {
            // First: the library keeps the writer that it finds.
            Console.SetOut(new UnpaddedWriter(Console.Out));

            // Without a terminal the library assumes 80 columns and breaks every row.
            AnsiConsole.Profile.Width = WidthOfPipes;
            AnsiConsole.Profile.Capabilities.ColorSystem = ColorSystem.NoColors;
            AnsiConsole.Profile.Capabilities.Ansi = false;
        }
    }
}
