using System.Runtime.InteropServices;

namespace Tachyon.Tool;

/// <summary>
/// SIGINT and SIGTERM. The first cancels <see cref="First"/>. The second cancels <see cref="Second"/> where a command uses it, and
/// otherwise ends the process as if there were no handler.
/// </summary>
/// <remarks>
/// The command-line library installs its own handler when a command first awaits: a process that a command has started before that would be
/// left behind.
/// </remarks>
internal sealed class StopSignals : IDisposable
{
    private readonly CancellationTokenSource _first = new();
    private readonly CancellationTokenSource _second = new();
    private readonly bool _handlesSecond;
    private readonly PosixSignalRegistration[] _registrations;
    private int _count;

    /// <param name="handlesSecond">Whether a command uses <see cref="Second"/>.</param>
    internal StopSignals(bool handlesSecond = false)
    {
        _handlesSecond = handlesSecond;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Handle),
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Handle),
        ];
    }

    internal CancellationToken First => _first.Token;

    internal CancellationToken Second => _second.Token;

    // The sources stay undisposed, which costs nothing: a signal may be on its way to them.
    public void Dispose() => Array.ForEach(_registrations, static registration => registration.Dispose());

    private void Handle(PosixSignalContext context)
    {
        var isFirst = Interlocked.Increment(ref _count) == 1;
        if (isFirst || _handlesSecond)
        {
            context.Cancel = true;
        }

        (isFirst ? _first : _second).Cancel();
    }
}
