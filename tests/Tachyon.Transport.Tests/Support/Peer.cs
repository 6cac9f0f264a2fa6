using System.Diagnostics;
using System.Runtime.InteropServices;

namespace Tachyon.Transport.Tests.Support;

/// <summary>A child process that runs a role of Tachyon.TestPeer. It ends with its input, whatever becomes of this process.</summary>
internal sealed class Peer : IAsyncDisposable
{
    private readonly Process _process;

    private Peer(Process process) => _process = process;

    internal int Id => _process.Id;

    internal static async Task<Peer> StartAsync(string role, string path, TachyonWaitMode mode = TachyonWaitMode.Adaptive, string argument = "")
    {
        Peer peer = Start([role, path, mode.ToString(), argument]);
        Assert.Equal("ready", await peer.ReadLineAsync());
        return peer;
    }

    /// <summary>Starts the role "connect"; the caller reads what came of it.</summary>
    internal static Peer StartClient(
        string path, TachyonWaitMode mode = TachyonWaitMode.Adaptive, string argument = "", uint? user = null)
        => Start(["connect", path, mode.ToString(), argument], user);

    internal async Task<string?> ReadLineAsync() => await _process.StandardOutput.ReadLineAsync().Within("a line of the child process");

    internal void Send(string command)
    {
        _process.StandardInput.WriteLine(command);
        _process.StandardInput.Flush();
    }

    internal void Signal(int signal) => Assert.Equal(0, Native.Kill(_process.Id, signal));

    internal void Kill() => Signal(Native.SigKill);

    internal Task WaitForExitAsync() => _process.WaitForExitAsync().Within("the end of the child process");

    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            // It may be stopped.
            _ = Native.Kill(_process.Id, Native.SigContinue);
            _process.StandardInput.Close();
            await WaitForExitAsync();
        }

        _process.Dispose();
    }

    private static Peer Start(string[] arguments, uint? user = null)
    {
        // The host of this very runtime: <root>/shared/Microsoft.NETCore.App/<version>/ is where the runtime lies.
        string host = Path.GetFullPath(Path.Combine(RuntimeEnvironment.GetRuntimeDirectory(), "../../../dotnet"));
        string assembly = Path.Combine(AppContext.BaseDirectory, "Tachyon.TestPeer.dll");
        string[] command = [host, "exec", assembly, .. arguments];
        if (user is { } id)
        {
            command = ["setpriv", $"--reuid={id}", $"--regid={id}", "--clear-groups", .. command];
        }

        var start = new ProcessStartInfo(command[0], command[1..])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        return new Peer(Process.Start(start)!);
    }
}
