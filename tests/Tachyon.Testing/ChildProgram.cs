using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tachyon.Testing;

/// <summary>
/// A child process that runs a program of the tests, from their output directory. It reports by lines on its output and takes commands
/// by lines on its input; it ends when its input closes, so that it never outlives the test run.
/// </summary>
public sealed class ChildProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();

    private ChildProgram(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    /// <summary>The host of this very runtime: &lt;root&gt;/shared/Microsoft.NETCore.App/&lt;version&gt;/ is where the runtime lies.</summary>
    public static string Host { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    /// <summary>The process that was started: of a wrapper such as strace, that one.</summary>
    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    /// <summary>What it printed to its standard error so far.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <param name="assembly">Name of the program without ".dll", or its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="user">The uid and gid that it runs as, without supplementary groups but those given; null for those of this process.</param>
    /// <param name="wrapper">Words put before the command, such as those of prlimit, unshare or strace.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <param name="groups">Supplementary groups (gids) of that user.</param>
    /// <param name="capability">One that the user keeps, such as "sys_ptrace" (capabilities(7)).</param>
    public static ChildProgram Start(
        string assembly,
        IEnumerable<string> arguments,
        uint? user = null,
        IEnumerable<string>? wrapper = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        IEnumerable<uint>? groups = null,
        string? capability = null)
    {
        string directory = user is null ? AppContext.BaseDirectory : PublicCopy.FullPath;
        string[] command = [Host, "exec", Path.Combine(directory, assembly + ".dll"), .. arguments];
        if (user is { } id)
        {
            string supplementary = groups is null ? "--clear-groups" : $"--groups={string.Join(',', groups)}";
            string[] kept = capability is null ? [] : [$"--inh-caps=+{capability}", $"--ambient-caps=+{capability}"];
            command = ["setpriv", $"--reuid={id}", $"--regid={id}", supplementary, .. kept, .. command];
        }

        // The working directory of this process may be one that the user cannot enter; a host looks at it.
        return Start([.. wrapper ?? [], .. command], user is null ? null : directory, environment);
    }

    /// <summary>Starts an executable file, such as one that Native AOT made.</summary>
    /// <param name="file">Its full path.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    public static ChildProgram StartNative(string file, IEnumerable<KeyValuePair<string, string>>? environment = null)
        => Start([file], workingDirectory: null, environment);

    private static ChildProgram Start(
        string[] command, string? workingDirectory, IEnumerable<KeyValuePair<string, string>>? environment)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach ((string name, string value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        return new ChildProgram(Process.Start(start)!);
    }

    /// <summary>The next line of its output; null when it ended.</summary>
    public async Task<string?> ReadLineAsync(TimeSpan? limit = null)
        => await _process.StandardOutput.ReadLineAsync().Within($"a line of child process {Id}; its errors: {Errors}", limit).ConfigureAwait(false);

    public void Send(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    public void Signal(int signal) => Signals.Send(_process.Id, signal);

    public void Kill() => Signal(Signals.Kill);

    public Task WaitForExitAsync(TimeSpan? limit = null)
        => _process.WaitForExitAsync().Within($"the end of child process {Id}; its errors: {Errors}", limit);

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // It may be stopped.
            _ = Signals.TrySend(_process.Id, Signals.Continue);
            _process.StandardInput.Close();
            await WaitForExitAsync().ConfigureAwait(false);
        }

        // Process.Dispose leaves streams that were used by hand to the finalizer, and tests count descriptors.
        _process.StandardInput.Dispose();
        _process.StandardOutput.Dispose();
        _process.Dispose();
    }
}
