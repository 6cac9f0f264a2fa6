using Spectre.Console;

namespace FileTransfer.Coordinator;

/// <summary>Tells a terminal, which can be coloured and redrawn, from a log, which gets plain lines.</summary>
internal static class Terminal
{
    public static IAnsiConsole Open()
    {
        if (!Console.IsOutputRedirected)
        {
            return AnsiConsole.Console;
        }

        var log = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = AnsiSupport.No,
            ColorSystem = ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
        });

        // Nothing says how wide a log is, and a line of it is better long than broken.
        log.Profile.Width = 1000;
        return log;
    }

    public static bool CanRedraw(IAnsiConsole console) =>
        console.Profile.Capabilities.Interactive && console.Profile.Capabilities.Ansi;
}
