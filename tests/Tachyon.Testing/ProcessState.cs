using System.Globalization;
using System.Text;

namespace Tachyon.Testing;

/// <summary>The threads of this process, for the message of a test that hung.</summary>
public static class ProcessState
{
    public static string Describe()
    {
        var culture = CultureInfo.InvariantCulture;
        StringBuilder text = new();
        text.AppendLine(culture, $"thread pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} items pending, "
            + $"{ThreadPool.CompletedWorkItemCount} done");
        text.AppendLine("threads (name, state, where in the kernel):");
        foreach (var task in Directory.EnumerateDirectories("/proc/self/task"))
        {
            text.AppendLine(culture, $"    {Path.GetFileName(task)} {Read(task, "comm")} {State(task)} {Read(task, "wchan")}");
        }

        return text.ToString();
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
