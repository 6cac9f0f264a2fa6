using System.Runtime.InteropServices;

namespace Tachyon.Tool.Proxy;

/// <summary>SIGTERM and SIGINT: the first drains, the second aborts.</summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] s_signals = [PosixSignal.SIGTERM, PosixSignal.SIGINT];

    private readonly CancellationTokenSource _drain = new();
    private readonly CancellationTokenSource _abort = new();
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    internal StopSignals() => _registrations = [.. s_signals.Select(signal => PosixSignalRegistration.Create(signal, Handle))];

    internal CancellationToken Drain => _drain.Token;

    internal CancellationToken Abort => _abort.Token;

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }

        // Not the sources, which hold nothing: a signal may be on its way to them.
    }

    private void Handle(PosixSignalContext context)
    {
        context.Cancel = true;
        (Interlocked.Increment(ref _count) == 1 ? _drain : _abort).Cancel();
    }
}
