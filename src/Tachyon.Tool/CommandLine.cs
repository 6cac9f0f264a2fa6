using System.CommandLine;
using System.CommandLine.Parsing;
using Tachyon.Tool.Commands;

namespace Tachyon.Tool;

/// <summary>What all commands have in common: how errors are said and which exit code they have.</summary>
internal static class CommandLine
{
    // A word that begins with @ is an abstract socket, not a file with further arguments.
    private static readonly ParserConfiguration s_parsing = new() { ResponseFileTokenReplacer = null };

    internal static async Task<int> RunAsync(RootCommand root, string[] arguments, TextWriter errors)
    {
        // Without a command: the help, as a result and not as an error.
        ParseResult result = root.Parse(arguments.Length == 0 ? ["--help"] : arguments, s_parsing);
        if (result.Errors.Count > 0)
        {
            foreach (ParseError error in result.Errors)
            {
                await errors.WriteLineAsync(error.Message).ConfigureAwait(false);
            }

            await errors.WriteLineAsync($"Run '{HelpOf(result)}' for usage.").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        try
        {
            // With a handler of its own the library would print stack traces.
            // The proxy hears signals itself: the first one lets its connections finish, the second one resets them.
            using Interruption? interruption = result.CommandResult.Command.Name == ProxyCommand.Name ? null : new Interruption();
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration, interruption?.Token ?? CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception exception) when (exception is ToolException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            await errors.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return ExitCodes.Failure;
        }
    }

    private static string HelpOf(ParseResult result)
        => result.CommandResult.Command is RootCommand ? "tachyon --help" : $"tachyon {result.CommandResult.Command.Name} --help";
}
