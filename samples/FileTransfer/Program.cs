using System.CommandLine;
using FileTransfer;

var directories = new Argument<DirectoryInfo[]>("directory")
{
    Description = "What to transfer. By default this repository's checkout and the .NET shared framework.",
    Arity = ArgumentArity.ZeroOrMore,
}.AcceptExistingOnly();
var rounds = Bounded("--rounds", "How many rounds to measure over each transport.", defaultValue: 10, max: 100);
var limit = Bounded("--limit", "How many megabytes of files to transfer at most; they are held in memory.", defaultValue: 400, max: 2000);
var root = new RootCommand("Streams files between two processes, over Tachyon and over a Unix socket, and compares the two.")
{
    directories, rounds, limit,
};
root.SetAction((result, _) => Coordinator.RunAsync(
    [.. (result.GetValue(directories) ?? []).Select(directory => directory.FullName)], result.GetValue(rounds), result.GetValue(limit)));

// The hidden command by which the program starts itself as the server.
var socketDirectory = new Argument<string>("socket-directory");
var server = new Command(FileServer.Command) { socketDirectory };
server.Hidden = true;
server.SetAction((result, _) => FileServer.RunAsync(result.GetRequiredValue(socketDirectory)));
root.Add(server);
return await SampleCommandLine.RunAsync(root, args);

static Option<int> Bounded(string name, string description, int defaultValue, int max) => new(name)
{
    Description = description,
    DefaultValueFactory = _ => defaultValue,
    CustomParser = result =>
    {
        var text = result.Tokens[^1].Value;
        if (!int.TryParse(text, out var value) || value < 1 || value > max)
        {
            result.AddError($"{name} takes a number from 1 to {max}, not '{text}'.");
        }

        return value;
    },
};
