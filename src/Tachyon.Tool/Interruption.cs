using System.Runtime.InteropServices;

namespace Tachyon.Tool;

/// <summary>
/// Turns the first SIGINT or SIGTERM into a cancellation; the second one ends the process as it would have without this. The library's own
/// handler begins only when a command first waits: what came before that, such as a process that was started, would be left behind.
/// </summary>
internal sealed class Interruption : IDisposable
{
    private readonly CancellationTokenSource _cancellation = new();
    private readonly PosixSignalRegistration[] _registrations;

    internal Interruption()
        => _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];

    internal CancellationToken Token => _cancellation.Token;

    public void Dispose()
    {
        Array.ForEach(_registrations, static registration => registration.Dispose());
        _cancellation.Dispose();
    }

    private void Handle(PosixSignalContext context)
    {
        // Not set to false: a command with handlers of its own may have said true.
        if (!_cancellation.IsCancellationRequested)
        {
            context.Cancel = true;
        }

        _cancellation.Cancel();
    }
}
