namespace Tachyon.Transport.Internal.Sockets;

/// <summary>
/// Ends a connect that takes too long. Timers fire on the thread pool: one that fires late was held up by the application, and so was the
/// connect, which gets its time again. A connect to a Unix socket is merely slow then.
/// </summary>
internal sealed class ConnectTimeout : IDisposable
{
    // More than a loaded machine takes to find a thread for the timer.
    private const int LateMilliseconds = 100;

    private readonly CancellationTokenSource _source;
    private readonly TimeSpan _time;
    private readonly Timer _timer;
    private long _due;

    internal ConnectTimeout(TimeSpan time, CancellationToken cancellationToken)
    {
        _source = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        _time = time;
        _timer = new Timer(static state => ((ConnectTimeout)state!).OnTimer(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        Start();
    }

    internal CancellationToken Token => _source.Token;

    public void Dispose()
    {
        _timer.Dispose();
        _source.Dispose();
    }

    private void Start()
    {
        Volatile.Write(ref _due, Environment.TickCount64 + (long)_time.TotalMilliseconds);
        _timer.Change(_time, Timeout.InfiniteTimeSpan);
    }

    private void OnTimer()
    {
        try
        {
            if (Environment.TickCount64 - Volatile.Read(ref _due) > LateMilliseconds)
            {
                Start();
            }
            else
            {
                _source.Cancel();
            }
        }
        catch (ObjectDisposedException)
        {
            // The connect has just ended.
        }
    }
}
