namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// Runs system calls that a peer can make wait: one thread for each user of peers, so that a peer holds up no connection of another user. A thread
/// lives while there is work for it. docs/security.md lists the calls.
/// </summary>
internal sealed class PeerThread
{
    private static readonly TimeSpan s_pauseBeforeRetry = TimeSpan.FromMilliseconds(100);
    private static readonly Lock s_lock = new();
    private static readonly Dictionary<uint, PeerThread> s_threads = [];

    private readonly uint _user;
    private readonly Queue<Action> _work = new();

    private PeerThread(uint user) => _user = user;

    /// <summary>Queues <paramref name="work"/>, which must not throw, behind all other work for peers of that user. Never blocks.</summary>
    internal static void Run(uint user, Action work)
    {
        PeerThread? created = null;
        lock (s_lock)
        {
            if (!s_threads.TryGetValue(user, out PeerThread? thread))
            {
                s_threads[user] = thread = created = new PeerThread(user);
            }

            thread._work.Enqueue(work);
        }

        created?.Start();
    }

    private void Start()
    {
        try
        {
            new Thread(RunAll) { IsBackground = true, Name = "Tachyon peer" }.UnsafeStart();
        }
        catch (Exception exception) when (exception is OutOfMemoryException or ThreadStartException)
        {
            // At a limit of threads or memory. The work waits; nothing else of it is lost.
            _ = RetryAsync();
        }
    }

    private async Task RetryAsync()
    {
        await Task.Delay(s_pauseBeforeRetry).ConfigureAwait(false);
        Start();
    }

    private void RunAll()
    {
        while (true)
        {
            Action? work;
            lock (s_lock)
            {
                if (!_work.TryDequeue(out work))
                {
                    s_threads.Remove(_user);
                    return;
                }
            }

            work();
        }
    }
}
