using System.CommandLine;
using System.CommandLine.Invocation;

namespace Samples;

/// <summary>Runs a command line: an error is one line on standard error and an exit code.</summary>
internal static class SampleCommandLine
{
    public static async Task<int> RunAsync(RootCommand root, string[] arguments)
    {
        // An argument that begins with @ is a path, not a file with further arguments.
        var result = root.Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
        if (result.Action is ParseErrorAction)
        {
            foreach (var error in result.Errors)
            {
                await Console.Error.WriteLineAsync(error.Message);
            }

            return ExitCodes.Usage;
        }

        try
        {
            // The samples handle signals themselves.
            var configuration = new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null };
            return await result.InvokeAsync(configuration);
        }
        catch (SampleException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Failed;
        }
    }
}
