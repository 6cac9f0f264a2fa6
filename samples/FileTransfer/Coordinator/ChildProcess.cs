using System.Diagnostics;
using System.Reflection;
using FileTransfer.Shared;

namespace FileTransfer.Coordinator;

/// <summary>This program again, in a process of its own and with another job.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan StopTimeout = TimeSpan.FromSeconds(5);

    private readonly string _name;
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;

        // Read from the start: a child that writes more than a pipe holds would wait for a reader.
        _errors = process.StandardError.ReadToEndAsync();
        Exited = process.WaitForExitAsync();
    }

    public Task Exited { get; }

    public static ChildProcess Start(string name, IEnumerable<string> arguments)
    {
        // Published or built, the program is its own executable. Under "dotnet FileTransfer.dll" it is the first argument of dotnet.
        var executable = Environment.ProcessPath ?? throw new SampleException("The path of this program is not known.");
        var program = Path.GetFileName(executable) == "dotnet" ? new[] { Assembly.GetExecutingAssembly().Location } : [];
        var process = Process.Start(new ProcessStartInfo(executable, [.. program, .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        });
        return new ChildProcess(name, process ?? throw new SampleException($"The {name} process did not start."));
    }

    /// <summary>The next line of the child's standard output, or null at its end.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancellationToken) =>
        await _process.StandardOutput.ReadLineAsync(cancellationToken);

    /// <summary>Lets the child end by closing its standard input, and returns when it did.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        try
        {
            await Exited.WaitAsync(StopTimeout, cancellationToken);
        }
        catch (TimeoutException)
        {
            throw new SampleException($"The {_name} process did not stop within {StopTimeout.TotalSeconds} seconds.");
        }

        if (_process.ExitCode != 0)
        {
            throw await FailureAsync();
        }
    }

    /// <summary>What to throw about a child that ended too early or badly.</summary>
    public async Task<SampleException> FailureAsync()
    {
        await Exited;
        var errors = (await _errors).Trim();
        var reason = errors.Length > 0 ? $":{Environment.NewLine}{errors}" : " and said nothing about it.";
        return new SampleException($"The {_name} process ended with exit code {_process.ExitCode}{reason}");
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await Exited;
        _process.Dispose();
    }
}
