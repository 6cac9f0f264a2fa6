using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tachyon.Perf.Running;

/// <summary>strace -f -c on a running process, from start to stop.</summary>
internal sealed partial class Strace : IDisposable
{
    private const int Interrupt = 2;

    private readonly Process _process;
    private readonly string _report;

    private Strace(Process process, string report)
    {
        _process = process;
        _report = report;
    }

    internal static bool IsInstalled
    {
        get
        {
            try
            {
                using var process = Process.Start(new ProcessStartInfo("strace", "-V") { RedirectStandardOutput = true })!;
                process.WaitForExit();
                return process.ExitCode == 0;
            }
            catch (Win32Exception)
            {
                return false;
            }
        }
    }

    internal static async Task<Strace> AttachAsync(int processId)
    {
        var report = Path.GetTempFileName();
        var start = new ProcessStartInfo("strace") { RedirectStandardError = true };
        foreach (var argument in (string[])["-f", "-c", "-o", report, "-p", processId.ToString(CultureInfo.InvariantCulture)])
        {
            start.ArgumentList.Add(argument);
        }

        var process = Process.Start(start)!;

        // "strace: Process 1234 attached with 17 threads"
        var line = await process.StandardError.ReadLineAsync();
        if (line is null || !line.Contains("attached", StringComparison.Ordinal))
        {
            throw new InvalidOperationException($"strace could not attach: {line}");
        }

        // It writes a line for each new thread: without a reader the pipe would fill up.
        _ = process.StandardError.ReadToEndAsync();
        return new Strace(process, report);
    }

    /// <summary>Detaches; the counts by name of the system call.</summary>
    internal async Task<Dictionary<string, long>> StopAsync()
    {
        _ = Kill(_process.Id, Interrupt);
        await _process.WaitForExitAsync();

        // "% time  seconds  usecs/call  calls  [errors]  syscall"
        Dictionary<string, long> counts = [];
        foreach (var line in await File.ReadAllLinesAsync(_report))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries);
            if (words.Length >= 5 && words[^1] != "total" && long.TryParse(words[3], out var count))
            {
                counts[words[^1]] = count;
            }
        }

        return counts;
    }

    public void Dispose()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        _process.Dispose();
        File.Delete(_report);
    }

    [LibraryImport("libc", EntryPoint = "kill")]
    private static partial int Kill(int processId, int signal);
}
