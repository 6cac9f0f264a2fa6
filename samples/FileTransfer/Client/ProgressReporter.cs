using FileTransfer.Shared;

namespace FileTransfer.Client;

/// <summary>Reports how many bytes have crossed, at a pace that a measurement does not feel: four times a second.</summary>
internal sealed class ProgressReporter : IDisposable
{
    private readonly long _total;
    private readonly Timer _timer;
    private volatile string _phase = "Connecting";
    private long _done;

    public ProgressReporter(long total)
    {
        _total = total;
        var pace = TimeSpan.FromMilliseconds(250);
        _timer = new Timer(_ => Report(), null, pace, pace);
    }

    public void Begin(string phase)
    {
        _phase = phase;
        Report();
    }

    public void Add(int bytes) => Interlocked.Add(ref _done, bytes);

    public void Dispose() => _timer.Dispose();

    private void Report() => EventWriter.Write(new ProgressEvent(_phase, Interlocked.Read(ref _done), _total));
}
