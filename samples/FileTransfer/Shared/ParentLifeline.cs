using System.Runtime.InteropServices;

namespace FileTransfer.Shared;

/// <summary>
/// Ties a child process to the one that started it, which holds the other end of its standard input: the child ends when that end is
/// closed, be it on purpose or because the parent died.
/// </summary>
internal sealed class ParentLifeline : IDisposable
{
    private readonly CancellationTokenSource _parentGone = new();

    // The terminal sends Ctrl-C to the children too. The parent decides when they end, so that it sees no failure where there is none.
    private readonly PosixSignalRegistration _interrupt =
        PosixSignalRegistration.Create(PosixSignal.SIGINT, context => context.Cancel = true);

    public ParentLifeline()
    {
        // A thread of its own, because reading standard input blocks.
        new Thread(WaitForEnd) { IsBackground = true, Name = "Parent lifeline" }.Start();
    }

    public CancellationToken ParentGone => _parentGone.Token;

    public void Dispose() => _interrupt.Dispose();

    private void WaitForEnd()
    {
        using var input = Console.OpenStandardInput();
        input.CopyTo(Stream.Null);
        _parentGone.Cancel();
    }
}
