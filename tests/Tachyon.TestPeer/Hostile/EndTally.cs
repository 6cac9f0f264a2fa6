using System.Collections.Concurrent;
using System.Text.Json;
using System.Text.RegularExpressions;
using Tachyon.Transport;

namespace Tachyon.TestPeer.Hostile;

/// <summary>How the connections of a victim ended, by reason, and what the process should never see. One line of JSON, on
/// command.</summary>
internal static partial class EndTally
{
    private static readonly ConcurrentDictionary<string, int> s_ends = new();
    private static readonly ConcurrentQueue<string> s_errors = new();
    private static long s_checked;

    internal static void Watch()
        => TaskScheduler.UnobservedTaskException += static (_, args) => AddError($"unobserved: {args.Exception}");

    internal static void Add(TachyonConnection connection, Exception? exception)
        => Add(connection.Failure ?? exception);

    internal static void Add(Exception? exception)
    {
        var reason = exception is null ? "in order" : $"{exception.GetType().Name}: {exception.Message}";
        s_ends.AddOrUpdate(Number().Replace(reason, "N"), 1, static (_, count) => count + 1);
    }

    /// <summary>Something that must not happen, whatever a peer does.</summary>
    internal static void AddError(string error) => s_errors.Enqueue(error);

    /// <summary>A round of honest traffic came back as it was sent.</summary>
    internal static void CountChecked() => Interlocked.Increment(ref s_checked);

    internal static void Run(string command)
    {
        if (command == "collect")
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }

        ServerRoles.Report(JsonSerializer.Serialize(new
        {
            Ends = s_ends,
            Errors = s_errors,
            Checked = Volatile.Read(ref s_checked),
            Mutations = Corruptor.Done,
        }));
    }

    [GeneratedRegex("[0-9]+")]
    private static partial Regex Number();
}
