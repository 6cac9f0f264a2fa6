using System.Collections.Concurrent;
using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tachyon.Testing;

/// <summary>
/// The one starter of child processes. A program of the tests runs from their output directory, reports by lines on its output and takes
/// commands by lines on its input; it ends when its input closes, so that it never outlives the test run.
/// </summary>
public sealed class ChildProgram : IAsyncDisposable
{
    private readonly Process _process;
    private readonly ConcurrentQueue<string> _errors = new();
    private readonly ConcurrentQueue<string> _lines = new();

    private ChildProgram(Process process)
    {
        _process = process;
        process.ErrorDataReceived += (_, line) => _errors.Enqueue(line.Data ?? "");
        process.BeginErrorReadLine();
    }

    /// <summary>The host of this very runtime: &lt;root&gt;/shared/Microsoft.NETCore.App/&lt;version&gt;/ is where the runtime
    /// lies.</summary>
    public static string Host { get; } = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));

    /// <summary>The process that was started: of a wrapper such as strace, that one.</summary>
    public int Id => _process.Id;

    public int ExitCode => _process.ExitCode;

    public bool HasExited => _process.HasExited;

    /// <summary>What it printed to its standard error so far.</summary>
    public string Errors => string.Join('\n', _errors);

    /// <summary>What <see cref="RunToEndAsync"/> has read so far.</summary>
    private string Lines => string.Join('\n', _lines);

    /// <param name="assembly">Name of the program without ".dll", or its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="user">The uid and gid that it runs as, without supplementary groups but those given; null for those of this
    /// process.</param>
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
        var directory = user is null ? AppContext.BaseDirectory : PublicCopy.FullPath;
        string[] command = [Host, "exec", Path.Combine(directory, assembly + ".dll"), .. arguments];
        if (user is { } id)
        {
            var supplementary = groups is null ? "--clear-groups" : $"--groups={string.Join(',', groups)}";
            string[] kept = capability is null ? [] : [$"--inh-caps=+{capability}", $"--ambient-caps=+{capability}"];
            command = ["setpriv", $"--reuid={id}", $"--regid={id}", supplementary, .. kept, .. command];
        }

        // The working directory of this process may be one that the user cannot enter; a host looks at it.
        return Start([.. wrapper ?? [], .. command], user is null ? null : directory, environment);
    }

    /// <summary>Starts any program, such as one of the system or one that Native AOT made.</summary>
    /// <param name="program">Its name, as in PATH, or its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">Its working directory; null for that of this process.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <param name="without">Names of variables of this process that it does not get.</param>
    public static ChildProgram StartProgram(
        string program,
        IEnumerable<string>? arguments = null,
        string? directory = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        IEnumerable<string>? without = null)
        => Start([program, .. arguments ?? []], directory, environment, without);

    /// <summary>Runs any program to its end, with its input closed. A program that hangs is killed, with all that it started.</summary>
    /// <param name="program">Its name, as in PATH, or its full path.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="directory">Its working directory; null for that of this process.</param>
    /// <param name="environment">Variables beyond those of this process.</param>
    /// <param name="without">Names of variables of this process that it does not get.</param>
    /// <param name="limit">The time that it may take.</param>
    public static async Task<ProgramResult> RunAsync(
        string program,
        IEnumerable<string> arguments,
        string? directory = null,
        IEnumerable<KeyValuePair<string, string>>? environment = null,
        IEnumerable<string>? without = null,
        TimeSpan? limit = null)
    {
        string[] words = [program, .. arguments];
        var child = Start(words, directory, environment, without);
        try
        {
            child._process.StandardInput.Close();
            return await child.RunToEndAsync(Timeout.InfiniteTimeSpan).Within(string.Join(' ', words), limit).ConfigureAwait(false);
        }
        catch (HungException hung)
        {
            throw new HungException($"{hung.Message}\nIts output until then:\n{child.Lines}\nIts errors:\n{child.Errors}", hung);
        }
        finally
        {
            if (!child.HasExited)
            {
                child._process.Kill(entireProcessTree: true);
            }

            await child.DisposeAsync().ConfigureAwait(false);
        }
    }

    private static ChildProgram Start(
        string[] command,
        string? workingDirectory,
        IEnumerable<KeyValuePair<string, string>>? environment,
        IEnumerable<string>? without = null)
    {
        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            WorkingDirectory = workingDirectory ?? "",
        };
        foreach (var name in without ?? [])
        {
            start.Environment.Remove(name);
        }

        foreach ((var name, var value) in environment ?? [])
        {
            start.Environment[name] = value;
        }

        return new ChildProgram(Process.Start(start)!);
    }

    /// <summary>The next line of its output; null when it ended.</summary>
    public async Task<string?> ReadLineAsync(TimeSpan? limit = null)
        => await _process.StandardOutput.ReadLineAsync().Within($"a line of child process {Id}; its errors: {Errors}", limit).ConfigureAwait(false);

    /// <summary>Reads what it still prints, until its end.</summary>
    /// <param name="limit">For each line, and for the end.</param>
    public async Task<ProgramResult> RunToEndAsync(TimeSpan? limit = null)
    {
        while (await ReadLineAsync(limit).ConfigureAwait(false) is { } line)
        {
            _lines.Enqueue(line);
        }

        await WaitForExitAsync(limit).ConfigureAwait(false);
        return new ProgramResult(ExitCode, Lines, Errors);
    }

    public void Send(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    public void Signal(int signal) => Signals.Send(_process.Id, signal);

    public void Kill() => Signal(Signals.Kill);

    /// <summary>SIGKILL, and the end of the process.</summary>
    public async Task KillAsync()
    {
        Kill();
        await WaitForExitAsync().ConfigureAwait(false);
    }

    public async Task WaitForExitAsync(TimeSpan? limit = null)
    {
        try
        {
            await _process.WaitForExitAsync().Within($"the end of child process {Id}", limit).ConfigureAwait(false);
        }
        catch (HungException hung)
        {
            throw new HungException($"{hung.Message}\nOf the child: {ProcessState.ThreadsOf($"{Id}")}Its errors:\n{Errors}", hung);
        }
    }

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
