using System.Collections.Concurrent;
using System.Diagnostics;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Tests.Support;

/// <summary>A real process at the other end: Tachyon.TestHost, started from the output directory of the tests.</summary>
internal sealed class ChildProcess : IAsyncDisposable
{
    private readonly Process _process;
    private readonly Task _exit;
    private readonly ConcurrentQueue<string> _output = new();
    private readonly TaskCompletionSource _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource<string> _result = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private ChildProcess(HostSettings settings, string? userName)
    {
        // The host that runs the tests, not whatever "dotnet" is first in the path.
        var host = Environment.GetEnvironmentVariable("DOTNET_HOST_PATH") ?? "dotnet";
        var directory = userName is null ? AppContext.BaseDirectory : PublicCopy.FullPath;
        var program = Path.Combine(directory, "Tachyon.TestHost.dll");
        var start = new ProcessStartInfo(host)
        {
            ArgumentList = { "exec", program },
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UserName = userName,
        };
        settings.WriteTo(start.Environment);

        _process = new Process { StartInfo = start };
        _process.OutputDataReceived += (_, line) => Receive(line.Data);
        _process.ErrorDataReceived += (_, line) => Receive(line.Data);
        _process.Start();
        _process.BeginOutputReadLine();
        _process.BeginErrorReadLine();
        _exit = WatchAsync();
    }

    public int Id => _process.Id;

    /// <summary>Starts a child and waits until it says that it is ready.</summary>
    /// <param name="role">What it is for.</param>
    /// <param name="transport">What it talks over.</param>
    /// <param name="path">Where.</param>
    /// <param name="userName">The user that it runs as; null for the user of this process.</param>
    public static async Task<ChildProcess> StartAsync(HostRole role, TransportKind transport, string path, string? userName = null)
    {
        var child = new ChildProcess(new HostSettings(role, transport, path), userName);
        try
        {
            await child._ready.Task.OrHang($"the start of the child process ({role})");
            return child;
        }
        catch
        {
            await child.DisposeAsync();
            throw;
        }
    }

    /// <summary>What the child reports at the end of its work.</summary>
    public Task<string> ResultAsync() => _result.Task;

    /// <summary>SIGKILL: the child runs no code of its own any more. Returns when the kernel has taken it down.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _exit.OrHang("the end of the killed child process");
    }

    /// <summary>SIGSTOP: the child stays, with all its connections, and does nothing.</summary>
    public void Suspend() => Signals.Send(Id, Signals.Stop);

    /// <summary>SIGCONT.</summary>
    public void Resume() => Signals.Send(Id, Signals.Continue);

    public async ValueTask DisposeAsync()
    {
        await KillAsync();
        _process.Dispose();
    }

    private void Receive(string? line)
    {
        if (line is null)
        {
            return;
        }

        _output.Enqueue(line);
        if (line == HostSettings.ReadyLine)
        {
            _ready.TrySetResult();
        }
        else if (line.StartsWith(HostSettings.ResultLine + " ", StringComparison.Ordinal))
        {
            _result.TrySetResult(line[(HostSettings.ResultLine.Length + 1)..]);
        }
    }

    private async Task WatchAsync()
    {
        // Returns when all of its output has been read as well; the result may be in it.
        await _process.WaitForExitAsync();
        var failure = new InvalidOperationException(
            $"The child process ended with {_process.ExitCode}. It printed:\n{string.Join('\n', _output)}");
        _ready.TrySetException(failure);
        _result.TrySetException(failure);

        // Not every child has a result that somebody waits for: mark the exceptions as seen.
        _ = _ready.Task.Exception;
        _ = _result.Task.Exception;
    }
}
