using System.Diagnostics;
using System.Reflection;
using System.Text;
using System.Threading.Channels;

namespace Samples;

/// <summary>A process that ends with this one: when its standard input is closed, on purpose or because this process died.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    // Becomes the program. A watcher beside it ends it when the standard input of both ends.
    private const string WithWatcher = "exec 3<&0; (cat <&3; kill -TERM $$) >/dev/null 2>&1 & exec \"$@\" </dev/null 3<&-";

    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly Process _process;
    private readonly Channel<string> _errorLines = Channel.CreateUnbounded<string>();
    private readonly Task<string> _errors;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;
        Exited = process.WaitForExitAsync();

        // Read from the start: a child that fills the pipe would block.
        _errors = ReadErrorsAsync();
    }

    public int Id => _process.Id;

    public Task Exited { get; }

    /// <summary>This program again, with another command. It must read its standard input (<see cref="Parent"/>).</summary>
    public static ChildProcess StartSelf(string name, params string[] arguments)
    {
        // Built or published, the program is its own executable. Under "dotnet Sample.dll" it is the first argument of dotnet.
        var executable = Environment.ProcessPath ?? throw new SampleException("The path of this program is not known.");
        string[] program = Path.GetFileName(executable) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        return Start(name, executable, [.. program, .. arguments]);
    }

    /// <summary>A program that does not read its standard input: a shell starts a watcher that does.</summary>
    public static ChildProcess StartWatched(string name, string program, params string[] arguments)
        => Start(name, "/bin/sh", ["-c", WithWatcher, "sh", program, .. arguments]);

    public static ChildProcess Start(string name, string program, params string[] arguments)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        return new ChildProcess(name, process ?? throw new SampleException($"The {name} did not start."));
    }

    public void Send(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>Reads its output up to a line that begins with the prefix, and returns the rest of that line.</summary>
    public Task<string> WaitForLineAsync(string prefix, CancellationToken cancellationToken)
        => WaitForLineAsync(async () => await _process.StandardOutput.ReadLineAsync(cancellationToken), prefix, cancellationToken);

    /// <summary>The same for its standard error.</summary>
    public Task<string> WaitForErrorLineAsync(string prefix, CancellationToken cancellationToken)
    {
        var lines = _errorLines.Reader;
        return WaitForLineAsync(
            async () => await lines.WaitToReadAsync(cancellationToken) ? await lines.ReadAsync(cancellationToken) : null,
            prefix, cancellationToken);
    }

    /// <summary>Its output until its end, and its exit code.</summary>
    public async Task<(int ExitCode, string Output)> FinishAsync(CancellationToken cancellationToken)
    {
        var output = await WithinLimitAsync(_process.StandardOutput.ReadToEndAsync(cancellationToken), cancellationToken);
        await Exited.WaitAsync(s_limit, cancellationToken);
        return (_process.ExitCode, output);
    }

    /// <summary>Ends it by closing its standard input.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        if ((await FinishAsync(cancellationToken)).ExitCode != 0)
        {
            throw await FailureAsync();
        }
    }

    /// <summary>What to throw about a child that ended too early or with an error.</summary>
    public async Task<SampleException> FailureAsync()
    {
        _process.StandardInput.Close();
        await Exited.WaitAsync(s_limit);
        return new SampleException($"The {_name} ended with exit code {_process.ExitCode}. {(await _errors).Trim()}".TrimEnd());
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await Exited.WaitAsync(s_stopLimit);
        }
        catch (TimeoutException)
        {
            _process.Kill();
            await Exited;
        }

        _process.Dispose();
    }

    private async Task<string> WaitForLineAsync(Func<Task<string?>> next, string prefix, CancellationToken cancellationToken)
    {
        while (await WithinLimitAsync(next(), cancellationToken) is { } line)
        {
            if (line.StartsWith(prefix, StringComparison.Ordinal))
            {
                return line[prefix.Length..];
            }
        }

        throw await FailureAsync();
    }

    private async Task<T> WithinLimitAsync<T>(Task<T> task, CancellationToken cancellationToken)
    {
        try
        {
            return await task.WaitAsync(s_limit, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new SampleException($"The {_name} did not answer within {s_limit.TotalSeconds} s.");
        }
    }

    private async Task<string> ReadErrorsAsync()
    {
        var text = new StringBuilder();
        while (await _process.StandardError.ReadLineAsync() is { } line)
        {
            text.AppendLine(line);
            _errorLines.Writer.TryWrite(line);
        }

        _errorLines.Writer.Complete();
        return text.ToString();
    }
}
