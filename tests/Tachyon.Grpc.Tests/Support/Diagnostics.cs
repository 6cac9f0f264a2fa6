using System.Globalization;
using System.Text;

namespace Tachyon.Grpc.Tests.Support;

/// <summary>The state of this process, for the message of a test that hung.</summary>
internal static class Diagnostics
{
    private const int LogLines = 60;

    public static string Describe()
    {
        var text = new StringBuilder();
        var culture = CultureInfo.InvariantCulture;
        text.AppendLine(culture, $"thread pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} items pending, "
            + $"{ThreadPool.CompletedWorkItemCount} done");
        foreach (var server in TestServer.Live)
        {
            text.AppendLine(culture, $"server at {server.Path} ({server.Kind}): {Streams(server)}");
            foreach (var line in server.Logs.Tail(LogLines))
            {
                text.AppendLine(culture, $"    {line}");
            }
        }

        text.AppendLine("threads (name, state, where in the kernel):");
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            text.AppendLine(culture, $"    {Path.GetFileName(task)} {Read(task, "comm")} {State(task)} {Read(task, "wchan")}");
        }

        return text.ToString();
    }

    private static string Streams(TestServer server)
    {
        try
        {
            return server.Streams.Describe();
        }
        catch (InvalidOperationException exception)
        {
            // A look into Kestrel's private fields must not hide what the test has to say.
            return exception.Message;
        }
    }

    private static string State(string task)
    {
        // The name may hold spaces and parentheses; the state follows the last one.
        var stat = Read(task, "stat");
        var end = stat.LastIndexOf(") ", StringComparison.Ordinal);
        return end < 0 ? "?" : stat.Substring(end + 2, 1);
    }

    private static string Read(string task, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(task, file)).Trim();
        }
        catch (IOException)
        {
            // The thread has ended.
            return "?";
        }
        catch (UnauthorizedAccessException)
        {
            return "?";
        }
    }
}
