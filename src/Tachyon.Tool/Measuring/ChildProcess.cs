using System.Diagnostics;

namespace Tachyon.Measuring;

/// <summary>This program again, with another command. It ends when its standard input ends, so it does not outlive this process.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_stopLimit = TimeSpan.FromSeconds(10);

    private readonly string _name;
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;

        // Read from the start: a child that fills the pipe would block.
        _errors = process.StandardError.ReadToEndAsync();
    }

    internal int Id => _process.Id;

    /// <summary>CPU time of the process so far.</summary>
    internal TimeSpan ProcessorTime
    {
        get
        {
            _process.Refresh();
            return _process.TotalProcessorTime;
        }
    }

    internal bool HasExited => _process.HasExited;

    internal static ProcessStartInfo StartInfo(params IEnumerable<string> arguments)
    {
        // Under the dotnet host the program is the host's first argument.
        var isHosted = Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet";
        string[] program = isHosted ? [typeof(ChildProcess).Assembly.Location] : [];
        return new ProcessStartInfo(Environment.ProcessPath!, program.Concat(arguments))
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
    }

    /// <param name="name">For messages, such as "server of 'uds'".</param>
    /// <param name="arguments">The command and its arguments.</param>
    internal static ChildProcess Start(string name, params IEnumerable<string> arguments) => StartUnder([], name, arguments);

    /// <summary>Starts it by way of another program, which becomes it by exec, such as taskset.</summary>
    internal static ChildProcess StartUnder(IReadOnlyList<string> wrapper, string name, IEnumerable<string> arguments)
    {
        var start = StartInfo(arguments);
        if (wrapper.Count > 0)
        {
            string[] command = [.. wrapper.Skip(1), start.FileName, .. start.ArgumentList];
            start.FileName = wrapper[0];
            start.ArgumentList.Clear();
            Array.ForEach(command, start.ArgumentList.Add);
        }

        start.RedirectStandardError = true;
        return new ChildProcess(name, Process.Start(start)!);
    }

    internal async Task WriteLineAsync(string line)
    {
        try
        {
            await _process.StandardInput.WriteLineAsync(line).ConfigureAwait(false);
            await _process.StandardInput.FlushAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // The child is dead: the next read reports it, with its last output.
        }
    }

    /// <summary>The next line of its output.</summary>
    /// <exception cref="MeasurementException">The child ended, or did not answer in time and was killed.</exception>
    internal async Task<string> ReadLineAsync(TimeSpan limit, CancellationToken cancellationToken = default)
    {
        try
        {
            var line = _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask();
            return await line.WaitAsync(limit, cancellationToken).ConfigureAwait(false) ?? throw await FailureAsync().ConfigureAwait(false);
        }
        catch (TimeoutException exception)
        {
            _process.Kill();
            var errors = await _errors.ConfigureAwait(false);
            throw new MeasurementException($"The {_name} did not answer within {limit.TotalSeconds:0} s. {errors}", exception);
        }
    }

    /// <summary>What to throw about a child that ended too early.</summary>
    internal async Task<MeasurementException> FailureAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(s_stopLimit).ConfigureAwait(false);
        return new MeasurementException($"The {_name} ended with exit code {_process.ExitCode}. {await _errors.ConfigureAwait(false)}");
    }

    public async ValueTask DisposeAsync()
    {
        // Killed only if it does not stop: a killed runtime leaves its diagnostic pipes behind.
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_stopLimit).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
