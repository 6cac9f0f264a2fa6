using System.Diagnostics;
using System.Reflection;

namespace ScaleOut.Demo;

/// <summary>A process that ends with this one: when its standard input is closed, on purpose or because this process died.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(20);
    private readonly string _name;
    private readonly Process _process;
    private readonly Task<string> _errors;

    private ChildProcess(string name, string program, IEnumerable<string> arguments)
    {
        _name = name;
        _process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        }) ?? throw new SampleException($"The {name} did not start.");

        // From the start: a child that writes more than a pipe holds would wait for a reader.
        _errors = _process.StandardError.ReadToEndAsync();
    }

    public int Id => _process.Id;

    public bool HasExited => _process.HasExited;

    /// <summary>This program, as server or client.</summary>
    public static ChildProcess StartSelf(string name, params string[] arguments)
    {
        // Published or built, the program is its own executable. Under "dotnet ScaleOut.dll" it is the first argument of dotnet.
        var executable = Environment.ProcessPath ?? throw new SampleException("The path of this program is not known.");
        string[] program = Path.GetFileName(executable) == "dotnet" ? [Assembly.GetExecutingAssembly().Location] : [];
        return new ChildProcess(name, executable, [.. program, .. arguments]);
    }

    /// <summary>A program that knows nothing of its standard input: a shell makes somebody who does, and becomes the program.</summary>
    public static ChildProcess StartForeign(string name, string program, params string[] arguments)
        => new(name, "sh", ["-c", "exec 3<&0; { cat <&3 > /dev/null; kill $$; } 2> /dev/null & exec \"$@\" < /dev/null 3<&-", "sh", program, .. arguments]);

    /// <summary>The next line that it prints.</summary>
    public async Task<string> ReadLineAsync(CancellationToken cancellationToken)
        => await _process.StandardOutput.ReadLineAsync(cancellationToken).AsTask().WaitAsync(s_limit, cancellationToken) ?? throw await FailureAsync();

    /// <summary>All that it prints until it ends, in order.</summary>
    public async Task<string> ReadToEndAsync(CancellationToken cancellationToken)
    {
        var output = await _process.StandardOutput.ReadToEndAsync(cancellationToken).WaitAsync(s_limit, cancellationToken);
        await _process.WaitForExitAsync(cancellationToken);
        return _process.ExitCode == 0 ? output : throw await FailureAsync();
    }

    /// <summary>What to throw when it ended and should not have.</summary>
    public async Task<SampleException> FailureAsync()
    {
        _process.StandardInput.Close();
        await _process.WaitForExitAsync().WaitAsync(s_limit);
        return new SampleException($"The {_name} ended with exit code {_process.ExitCode}: {(await _errors).Trim()}");
    }

    public async ValueTask DisposeAsync()
    {
        _process.StandardInput.Close();
        try
        {
            await _process.WaitForExitAsync().WaitAsync(s_limit);
        }
        catch (TimeoutException)
        {
            _process.Kill();
        }

        _process.Dispose();
    }
}
