using System.Globalization;
using System.Text;

namespace Tachyon.Testing;

/// <summary>What the threads of a process do, for the message of a test that hung.</summary>
public static class ProcessState
{
    public static string Describe()
    {
        var culture = CultureInfo.InvariantCulture;
        StringBuilder text = new();
        text.AppendLine(culture, $"thread pool: {ThreadPool.ThreadCount} threads, {ThreadPool.PendingWorkItemCount} items pending, "
            + $"{ThreadPool.CompletedWorkItemCount} done");
        text.Append(ThreadsOf("self"));
        return text.ToString();
    }

    /// <summary>The threads of a process, such as a child that does not end.</summary>
    /// <param name="process">Its number, or "self".</param>
    public static string ThreadsOf(string process)
    {
        string[] tasks;
        try
        {
            tasks = Directory.GetDirectories($"/proc/{process}/task");
        }
        catch (DirectoryNotFoundException)
        {
            return "no threads: the process has ended\n";
        }

        StringBuilder text = new();
        text.AppendLine("threads (name, state, where in the kernel):");
        foreach (var task in tasks)
        {
            text.AppendLine(
                CultureInfo.InvariantCulture, $"    {Path.GetFileName(task)} {Read(task, "comm")} {State(task)} {Read(task, "wchan")}");
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
