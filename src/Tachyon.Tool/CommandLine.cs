using System.CommandLine;
using System.CommandLine.Parsing;
using Tachyon.Tool.Commands;

namespace Tachyon.Tool;

/// <summary>What all commands have in common: how errors are printed, and their exit codes.</summary>
internal static class CommandLine
{
    // A word that begins with @ is an abstract socket, not a file with further arguments.
    private static readonly ParserConfiguration s_parsing = new() { ResponseFileTokenReplacer = null };

    internal static async Task<int> RunAsync(RootCommand root, string[] arguments, TextWriter errors)
    {
        // Without a command: the help, as a result and not as an error.
        var result = root.Parse(arguments.Length == 0 ? ["--help"] : arguments, s_parsing);
        if (FlagWithValue(result, arguments) is { } flag)
        {
            await errors.WriteLineAsync(flag).ConfigureAwait(false);
            await errors.WriteLineAsync($"Run '{HelpOf(result)}' for usage.").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        if (result.Errors.Count > 0)
        {
            foreach (var error in result.Errors)
            {
                await errors.WriteLineAsync(error.Message).ConfigureAwait(false);
            }

            await errors.WriteLineAsync($"Run '{HelpOf(result)}' for usage.").ConfigureAwait(false);
            return ExitCodes.Usage;
        }

        try
        {
            // The proxy handles signals itself: the first lets its connections finish, the second resets them.
            using var signals = result.CommandResult.Command.Name == ProxyCommand.Name ? null : new StopSignals();

            // With a handler of its own the library would print stack traces.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration, signals?.First ?? CancellationToken.None).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            return ExitCodes.Interrupted;
        }
        catch (Exception exception)
            when (exception is ToolException or IOException or UnauthorizedAccessException or PlatformNotSupportedException)
        {
            await errors.WriteLineAsync(exception.Message).ConfigureAwait(false);
            return ExitCodes.Failure;
        }
    }

    /// <summary>"--json=abc": the library takes abc for the next argument.</summary>
    private static string? FlagWithValue(ParseResult result, string[] arguments)
    {
        foreach (var argument in arguments.TakeWhile(static argument => argument != "--"))
        {
            var end = argument.AsSpan().IndexOfAny('=', ':');
            if (end > 0
                && !bool.TryParse(argument.AsSpan(end + 1), out _)
                && result.CommandResult.Command.Options.Any(option => option.ValueType == typeof(bool) && option.Name == argument[..end]))
            {
                return $"{argument[..end]} takes no value, not '{argument[(end + 1)..]}'.";
            }
        }

        return null;
    }

    private static string HelpOf(ParseResult result)
        => result.CommandResult.Command is RootCommand ? "tachyon --help" : $"tachyon {result.CommandResult.Command.Name} --help";
}
