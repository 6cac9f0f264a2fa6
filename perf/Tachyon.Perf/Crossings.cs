using System.Diagnostics;
using System.Globalization;
using Spectre.Console;

namespace Tachyon.Perf;

/// <summary>Counts the system calls of a busy client process with strace, per unary call.</summary>
internal static class Crossings
{
    // Everything by which bytes or wake-ups of the transport could leave the process.
    private static readonly string[] s_watched =
    [
        "write", "writev", "read", "readv", "epoll_wait", "epoll_pwait", "sendto", "sendmsg", "recvfrom", "recvmsg", "poll", "ppoll",
        "futex", "sched_yield", "socket", "connect",
    ];

    internal static async Task<int> CountAsync(Rival rival, TimeSpan duration)
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tachyon-perf-");
        string report = Path.Combine(directory.FullName, "strace");
        using Process server = await Contestant.StartServerAsync(rival, Path.Combine(directory.FullName, "socket"));
        try
        {
            // The calls of the start and of the handshake are counted apart: a run with almost no calls is subtracted.
            (long idleCalls, Dictionary<string, long> idle) = await TraceAsync(rival, directory, report, TimeSpan.FromSeconds(2), paused: true);
            (long busyCalls, Dictionary<string, long> busy) = await TraceAsync(rival, directory, report, duration, paused: false);
            var table = new Table().AddColumns("system call", "busy client", "resting client", "per unary call");
            foreach (string name in s_watched.Where(name => busy.ContainsKey(name) || idle.ContainsKey(name)))
            {
                long more = busy.GetValueOrDefault(name) - idle.GetValueOrDefault(name);
                table.AddRow(
                    name,
                    busy.GetValueOrDefault(name).ToString("N0", CultureInfo.InvariantCulture),
                    idle.GetValueOrDefault(name).ToString("N0", CultureInfo.InvariantCulture),
                    ((double)more / (busyCalls - idleCalls)).ToString("0.0000", CultureInfo.InvariantCulture));
            }

            AnsiConsole.MarkupLineInterpolated($"{rival.Name}: {busyCalls:N0} unary calls of 64 B, one in flight, under strace");
            AnsiConsole.Write(table);
            return 0;
        }
        finally
        {
            Contestant.StopServer(server);
            directory.Delete(recursive: true);
        }
    }

    /// <summary>The traced client: calls until the time is over, or rests, and tells how many calls it made.</summary>
    internal static async Task<int> CallAsync(Rival rival, string path, TimeSpan duration, bool paused)
    {
        using var channel = rival.CreateChannel(path);
        var client = new Echo.EchoClient(channel);
        (_, double warmUp, _) = await Scenario.All[0].Run(client, TimeSpan.FromSeconds(1));
        double calls = 0;
        if (paused)
        {
            await Task.Delay(duration);
        }
        else
        {
            (_, calls, _) = await Scenario.All[0].Run(client, duration);
        }

        Console.WriteLine((long)(warmUp + calls));
        return 0;
    }

    private static async Task<(long Calls, Dictionary<string, long> Counts)> TraceAsync(
        Rival rival, DirectoryInfo directory, string report, TimeSpan duration, bool paused)
    {
        var start = new ProcessStartInfo("strace") { RedirectStandardOutput = true };
        string[] arguments =
        [
            "-f", "-c", "-o", report, Environment.ProcessPath!, .. Program.OwnArguments,
            "call", rival.Name, Path.Combine(directory.FullName, "socket"),
            duration.TotalSeconds.ToString(CultureInfo.InvariantCulture), paused.ToString(CultureInfo.InvariantCulture),
        ];
        foreach (string argument in arguments)
        {
            start.ArgumentList.Add(argument);
        }

        using Process strace = Process.Start(start)!;
        long calls = long.Parse(await strace.StandardOutput.ReadToEndAsync(), CultureInfo.InvariantCulture);
        await strace.WaitForExitAsync();

        // "% time  seconds  usecs/call  calls  [errors]  syscall"
        Dictionary<string, long> counts = [];
        foreach (string line in await File.ReadAllLinesAsync(report))
        {
            string[] words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 5 && long.TryParse(words[3], out long count))
            {
                counts[words[^1]] = count;
            }
        }

        return (calls, counts);
    }
}
