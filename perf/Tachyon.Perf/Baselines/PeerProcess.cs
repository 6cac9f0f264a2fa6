using System.Diagnostics;
using System.Globalization;
using Tachyon.Measuring;

namespace Tachyon.Perf.Baselines;

/// <summary>The other process: this program again. It reads commands from its input, answers on its output, and ends with it.</summary>
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
        var start = ChildProcess.StartInfo([BaselinesCommand.Name, BaselinesCommand.PeerName, kind, .. address]);
        var peer = new PeerProcess(name, Process.Start(start)!);
        peer._process.Exited += (_, _) => peer.Watch.MarkGone();
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

    /// <summary>What to throw about a failure between the two processes.</summary>
    internal MeasurementException Ended(Exception? cause)
    {
        // A pipe breaks a moment before its process can be waited for.
        var state = _process.WaitForExit(MillisecondsToEnd)
            ? $"ended with exit code {_process.ExitCode}"
            : "gave a wrong answer or none";
        return new MeasurementException($"The peer process of '{_name}' {state}: {cause?.Message ?? "it closed its output."}", cause);
    }

    public void Dispose()
    {
        try
        {
            _process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It is dead, and its input still held unwritten text.
        }

        if (!_process.WaitForExit(MillisecondsToEnd))
        {
            _process.Kill();
            _process.WaitForExit();
        }

        _process.Dispose();
    }
}

/// <summary>Lets a side that spins notice that the other process is gone.</summary>
internal sealed class PeerWatch
{
    private const int SpinsPerCheck = 1 << 20;

    private volatile bool _gone;

    internal void MarkGone() => _gone = true;

    /// <summary>Called in each turn of a spinning loop; checks once in many turns.</summary>
    internal void OnSpin(ref int spins)
    {
        if ((++spins & (SpinsPerCheck - 1)) == 0 && _gone)
        {
            throw new EndOfStreamException("The peer is gone.");
        }
    }
}
