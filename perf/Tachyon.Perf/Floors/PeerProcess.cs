using System.Diagnostics;
using System.Globalization;

namespace Tachyon.Perf.Floors;

/// <summary>The other process: this program again. It is told what to do on its input, answers on its output, and ends with its input.</summary>
internal sealed class PeerProcess : IDisposable
{
    private const int MillisecondsToEnd = 3000;

    private readonly string _name;
    private readonly Process _process;

    private PeerProcess(string name, Process process)
    {
        _name = name;
        _process = process;
    }

    internal PeerWatch Watch { get; } = new();

    internal bool HasExited => _process.HasExited;

    internal static PeerProcess Start(string name, string kind, params string[] address)
    {
        ProcessStartInfo start = OwnProgram.With([FloorsCommand.Name, FloorsCommand.PeerName, kind, .. address]);
        var peer = new PeerProcess(name, Process.Start(start)!);
        peer._process.Exited += (_, _) => peer.Watch.SayGone();
        peer._process.EnableRaisingEvents = true;
        return peer;
    }

    internal void Send(string command)
    {
        try
        {
            _process.StandardInput.WriteLine(command);
            _process.StandardInput.Flush();
        }
        catch (IOException exception)
        {
            throw Ended(exception);
        }
    }

    internal string Receive() => _process.StandardOutput.ReadLine() ?? throw Ended(null);

    internal long ReceiveNumber() => long.Parse(Receive(), CultureInfo.InvariantCulture);

    /// <summary>What to say when something went wrong between the two.</summary>
    internal FloorsException Ended(Exception? cause)
    {
        // A pipe breaks a moment before its process can be waited for.
        string state = _process.WaitForExit(MillisecondsToEnd) ? $"ended with exit code {_process.ExitCode}" : "does not answer as it should";
        return new FloorsException($"The peer process of '{_name}' {state}: {cause?.Message ?? "it closed its output."}", cause);
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is dead, and something was still to be written to it.
        }

        if (!_process.WaitForExit(MillisecondsToEnd))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}
