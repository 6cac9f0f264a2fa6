using System.Runtime.InteropServices;

namespace Tachyon.Interleaving.Exploring;

/// <summary>A real thread that runs logical threads, one after the other. Made once, used by all executions.</summary>
internal sealed partial class Worker
{
    private static readonly Stack<Worker> s_idle = new();

    private readonly SemaphoreSlim _go = new(0);
    private Action? _body;

    private Worker() => new System.Threading.Thread(Loop) { IsBackground = true, Name = "Interleaving worker" }.UnsafeStart();

    /// <summary>An idle worker. One thread at a time calls this, as everything in the explorer.</summary>
    internal static Worker Take(Action body)
    {
        var worker = s_idle.Count > 0 ? s_idle.Pop() : new Worker();
        worker._body = body;
        return worker;
    }

    /// <summary>The body is over, up to handing on. The worker may be taken again at once.</summary>
    internal void GiveBack() => s_idle.Push(this);

    internal void Go() => _go.Release();

    internal void AwaitGo() => _go.Wait();

    private void Loop()
    {
        // All on one core: exactly one runs at a time, and handing over to a neighbor is then a switch instead of a wake-up.
        ulong core = 1;
        _ = SetAffinity(0, sizeof(ulong), in core);
        while (true)
        {
            AwaitGo();
            _body!();
        }
    }

    [LibraryImport("libc", EntryPoint = "sched_setaffinity")]
    private static partial int SetAffinity(int thread, nuint size, in ulong mask);
}
