using System.Runtime.InteropServices;

namespace Samples;

/// <summary>Turns Ctrl-C, SIGTERM and the end of the terminal into a cancellation, so that there is time to clean up.</summary>
internal sealed class Interruption : IDisposable
{
    private static readonly PosixSignal[] s_signals = [PosixSignal.SIGINT, PosixSignal.SIGTERM, PosixSignal.SIGHUP];

    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;

    public Interruption() => _registrations = [.. s_signals.Select(signal => PosixSignalRegistration.Create(signal, Cancel))];

    public CancellationToken Token => _cancellation.Token;

    public void Dispose() => Array.ForEach(_registrations, registration => registration.Dispose());

    private void Cancel(PosixSignalContext context)
    {
        context.Cancel = true;
        _cancellation.Cancel();
    }
}
