using System.Diagnostics;

namespace Tachyon.Transport.Internal.Waiting;

/// <summary>
/// Runs system calls that a peer can block: one thread for each user of peers, so that a peer delays no connection of another user. A
/// thread ends when it has had no work for 5 s: each start of a thread costs the process some 2 KiB that the C library does not give back.
/// docs/security.md lists the calls.
/// </summary>
internal sealed class PeerThread
{
    /// <summary>For work that peers of several users can block. No user has this id.</summary>
    internal const uint AnyUser = uint.MaxValue;

    private static readonly TimeSpan s_pauseBeforeRetry = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan s_idleTime = TimeSpan.FromSeconds(5);

    // Not a Lock: the threads wait on it.
    private static readonly object s_gate = new();
    private static readonly Dictionary<uint, PeerThread> s_threads = [];

    private readonly uint _user;
    private readonly Queue<Action> _work = new();

    private PeerThread(uint user) => _user = user;

    /// <summary>Queues <paramref name="work"/>, which must not throw, behind all other work for peers of that user. Never blocks.</summary>
    internal static void Run(uint user, Action work)
    {
        PeerThread? created = null;
        lock (s_gate)
        {
            if (!s_threads.TryGetValue(user, out var thread))
            {
                s_threads[user] = thread = created = new PeerThread(user);
            }

            thread._work.Enqueue(work);
            Monitor.PulseAll(s_gate);
        }

        created?.Start();
    }

    /// <summary>The same for work with a result, which may throw.</summary>
    internal static Task<T> RunAsync<T>(uint user, Func<T> work)
    {
        var result = new TaskCompletionSource<T>(TaskCreationOptions.RunContinuationsAsynchronously);
        Run(user, () =>
        {
            try
            {
                result.SetResult(work());
            }
#pragma warning disable CA1031 // The caller gets it.
            catch (Exception exception)
#pragma warning restore CA1031
            {
                result.SetException(exception);
            }
        });
        return result.Task;
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
        while (TryTake() is { } work)
        {
            work();
        }
    }

    private Action? TryTake()
    {
        lock (s_gate)
        {
            var start = Stopwatch.GetTimestamp();
            var isOver = false;
            while (true)
            {
                if (_work.TryDequeue(out var work))
                {
                    return work;
                }

                if (isOver)
                {
                    s_threads.Remove(_user);
                    return null;
                }

                // Work for the thread of another user ends a wait as well.
                var left = s_idleTime - TimeSpan.FromSeconds((Stopwatch.GetTimestamp() - start) / (double)Stopwatch.Frequency);
#pragma warning disable RS0030 // It is a thread of our own, and has nothing else to do.
                isOver = left <= TimeSpan.Zero || !Monitor.Wait(s_gate, left);
#pragma warning restore RS0030
            }
        }
    }
}
