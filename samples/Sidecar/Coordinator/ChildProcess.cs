using System.Diagnostics;
using System.Reflection;

namespace Sidecar.Coordinator;

/// <summary>A process of the sample.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    // Becomes the program, with a watcher beside it that tells it to stop when the standard input of both ends: so it does not outlive us either.
    private const string Attached = "exec 3<&0; (cat <&3; kill -TERM $$) >/dev/null 2>&1 & exec \"$@\" </dev/null 3<&-";

    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private readonly string _name;
    private readonly Process _process;

    private ChildProcess(string name, Process process)
    {
        _name = name;
        _process = process;
    }

    public int Id => _process.Id;

    /// <summary>This program again, with another job.</summary>
    public static ChildProcess StartSelf(string name, params string[] arguments)
        => Start(name, Dotnet, ["exec", Assembly.GetExecutingAssembly().Location, .. arguments], errors: false);

    /// <summary>'tachyon', as an installed tool would be called.</summary>
    public static ChildProcess StartTool(params string[] arguments)
        => Start("proxy", "/bin/sh", ["-c", Attached, "sh", Dotnet, "exec", Path.Combine(AppContext.BaseDirectory, "tachyon.dll"), .. arguments], errors: true);

    /// <param name="name">For messages.</param>
    /// <param name="program">What to start.</param>
    /// <param name="arguments">Its arguments.</param>
    /// <param name="errors">True when its standard error is read here, false when it is the user's.</param>
    public static ChildProcess Start(string name, string program, IEnumerable<string> arguments, bool errors)
    {
        var process = Process.Start(new ProcessStartInfo(program, arguments)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = errors,
        });
        return new ChildProcess(name, process ?? throw new SampleException($"The {name} did not start."));
    }

    public void Send(string line) => _process.StandardInput.WriteLine(line);

    /// <summary>Reads lines of its output up to one that begins with the text, and returns the rest of that one.</summary>
    public Task<string> AwaitLineAsync(string text, CancellationToken cancellationToken) => AwaitLineAsync(_process.StandardOutput, text, cancellationToken);

    /// <summary>The same for its standard error.</summary>
    public Task<string> AwaitErrorLineAsync(string text, CancellationToken cancellationToken) => AwaitLineAsync(_process.StandardError, text, cancellationToken);

    /// <summary>All that it says until its end, and how it ended.</summary>
    public async Task<(int ExitCode, string Output)> FinishAsync(CancellationToken cancellationToken)
    {
        var output = await _process.StandardOutput.ReadToEndAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
        await _process.WaitForExitAsync(cancellationToken).WaitAsync(Limit, cancellationToken);
        return (_process.ExitCode, output);
    }

    /// <summary>Lets it end by closing its standard input.</summary>
    public async Task StopAsync(CancellationToken cancellationToken)
    {
        _process.StandardInput.Close();
        var (exitCode, _) = await FinishAsync(cancellationToken);
        if (exitCode != 0)
        {
            throw new SampleException($"The {_name} ended with exit code {exitCode}.");
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
        }

        await _process.WaitForExitAsync();
        _process.Dispose();
    }

    private static string Dotnet => Environment.ProcessPath is { } path && Path.GetFileName(path) == "dotnet" ? path : "dotnet";

    private async Task<string> AwaitLineAsync(StreamReader reader, string text, CancellationToken cancellationToken)
    {
        while (await reader.ReadLineAsync(cancellationToken).AsTask().WaitAsync(Limit, cancellationToken) is { } line)
        {
            if (line.StartsWith(text, StringComparison.Ordinal))
            {
                return line[text.Length..];
            }
        }

        throw new SampleException($"The {_name} ended before it said '{text}'.");
    }
}
