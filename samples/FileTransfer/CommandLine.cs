using System.CommandLine;
using System.CommandLine.Invocation;
using System.Globalization;
using FileTransfer.Client;
using FileTransfer.Coordinator;
using FileTransfer.Server;
using FileTransfer.Shared;

namespace FileTransfer;

/// <summary>The command line that a user sees, and the two hidden commands by which the program starts itself.</summary>
internal static class CommandLine
{
    // Names that no directory has by accident.
    private const string ServerCommand = "__server";
    private const string ClientCommand = "__client";

    private static readonly Argument<DirectoryInfo[]> Directories = new Argument<DirectoryInfo[]>("directory")
    {
        Description = "What to transfer. By default this repository's checkout and the .NET shared framework.",
        Arity = ArgumentArity.ZeroOrMore,
    }.AcceptExistingOnly();

    private static readonly Option<int> Rounds = BoundedOption(
        "--rounds", "How many rounds to measure over each transport.", defaultValue: 10, most: 100);

    private static readonly Option<int> Limit = BoundedOption(
        "--limit", "How many megabytes of files to transfer at most; they are held in memory.", defaultValue: 400, most: 2000);

    private static readonly Argument<string> SocketDirectory = new("socket-directory");

    public static async Task<int> RunAsync(string[] arguments)
    {
        // Directories may be called @something, which would be read as a file of arguments otherwise.
        var result = CreateRoot().Parse(arguments, new ParserConfiguration { ResponseFileTokenReplacer = null });
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
            // Exceptions and signals have their own handling here: children must not end before their parent says so.
            return await result.InvokeAsync(new InvocationConfiguration
            {
                EnableDefaultExceptionHandler = false,
                ProcessTerminationTimeout = null,
            });
        }
        catch (SampleException exception)
        {
            await Console.Error.WriteLineAsync(exception.Message);
            return ExitCodes.Failed;
        }
    }

    public static IEnumerable<string> ServerArguments(string socketDirectory) => [ServerCommand, socketDirectory];

    public static IEnumerable<string> ClientArguments(string socketDirectory, RunOptions options) =>
    [
        ClientCommand, socketDirectory,
        .. options.Directories,
        Rounds.Name, options.Rounds.ToString(CultureInfo.InvariantCulture),
        Limit.Name, options.LimitMegabytes.ToString(CultureInfo.InvariantCulture),
    ];

    private static RootCommand CreateRoot()
    {
        var root = new RootCommand(
            "Streams the files of directories between two processes, over Tachyon and over a Unix socket, and compares the two.")
        {
            Directories, Rounds, Limit,
        };
        root.SetAction((result, _) => CoordinatorProcess.RunAsync(
            new RunOptions(FullPaths(result), result.GetValue(Rounds), result.GetValue(Limit))));

        var server = new Command(ServerCommand) { SocketDirectory };
        server.Hidden = true;
        server.SetAction((result, _) => ServerProcess.RunAsync(EndpointsOf(result)));
        root.Add(server);

        var client = new Command(ClientCommand) { SocketDirectory, Directories, Rounds, Limit };
        client.Hidden = true;
        client.SetAction((result, _) => ClientProcess.RunAsync(
            EndpointsOf(result), FullPaths(result), result.GetValue(Rounds), result.GetValue(Limit) * 1_000_000L));
        root.Add(client);
        return root;
    }

    private static string[] FullPaths(ParseResult result) =>
        [.. (result.GetValue(Directories) ?? []).Select(directory => directory.FullName)];

    private static Endpoints EndpointsOf(ParseResult result) => Endpoints.In(result.GetRequiredValue(SocketDirectory));

    private static Option<int> BoundedOption(string name, string description, int defaultValue, int most) => new(name)
    {
        Description = description,
        DefaultValueFactory = _ => defaultValue,
        CustomParser = result =>
        {
            var text = result.Tokens[^1].Value;
            if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var value) && value >= 1 && value <= most)
            {
                return value;
            }

            result.AddError($"{name} takes a number from 1 to {most}, not '{text}'.");
            return default;
        },
    };
}
