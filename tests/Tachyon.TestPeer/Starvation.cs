namespace Tachyon.TestPeer;

/// <summary>Fills the thread pool with blocked work items, so that nothing else of the pool can run, until told to free them.</summary>
internal static class Starvation
{
    private static readonly SemaphoreSlim s_gate = new(0);
    private static int s_threads;

    internal static void Run(string command)
    {
        switch (command)
        {
            case "block":
                Block();
                ServerRoles.Report("blocked");
                break;
            case "free one":
                s_gate.Release();
                break;
            case "free others":
                s_gate.Release(s_threads - 1);
                break;
            default:
                throw new ArgumentException($"Unknown command '{command}'.");
        }
    }

    private static void Block()
    {
        if (s_threads == 0)
        {
            // As few threads as the pool accepts: the processors; with a single thread nothing could be freed one by one.
            s_threads = Math.Max(2, Environment.ProcessorCount);
            ThreadPool.SetMinThreads(s_threads, 1);
            if (!ThreadPool.SetMaxThreads(s_threads, 1))
            {
                throw new InvalidOperationException("The pool did not take the limit.");
            }
        }

        using var blocked = new CountdownEvent(s_threads);
        for (var i = 0; i < s_threads; i++)
        {
            ThreadPool.UnsafeQueueUserWorkItem(
                static blocked =>
                {
                    blocked.Signal();
                    s_gate.Wait();
                },
                blocked,
                preferLocal: false);
        }

        blocked.Wait();
    }
}
