using System.Runtime.InteropServices;

namespace Tachyon.TestHost.Faults;

/// <summary>Stops all managed threads for long, again and again: blocking collections of a heap with many objects that live.</summary>
internal static class GarbagePressure
{
    /// <summary>The first word of the line with the longest pause in milliseconds.</summary>
    public const string PauseLine = "pause";

    private const int Objects = 20_000_000;

    private static volatile bool s_stop;
    private static Task<TimeSpan> s_collecting = Task.FromResult(TimeSpan.Zero);

    public static void Start()
    {
        s_stop = false;
        var started = new TaskCompletionSource();
        s_collecting = Task.Factory.StartNew(() => Collect(started), TaskCreationOptions.LongRunning);
        started.Task.GetAwaiter().GetResult();
        Console.WriteLine("collecting");
    }

    public static TimeSpan Stop()
    {
        s_stop = true;
        var longest = s_collecting.GetAwaiter().GetResult();
        GC.Collect();
        return longest;
    }

    private static TimeSpan Collect(TaskCompletionSource started)
    {
        Node? last = null;
        for (var i = 0; i < Objects; i++)
        {
            last = new Node(last);
        }

        var longest = TimeSpan.Zero;
        while (!s_stop)
        {
            GC.Collect(GC.MaxGeneration, GCCollectionMode.Forced, blocking: true, compacting: false);
            foreach (var pause in GC.GetGCMemoryInfo(GCKind.FullBlocking).PauseDurations)
            {
                longest = pause > longest ? pause : longest;
            }

            started.TrySetResult();

            // A moment for the other threads: a process that only collects does nothing at all.
            Thread.Sleep(20);
        }

        GC.KeepAlive(last);
        return longest;
    }

    [StructLayout(LayoutKind.Auto)]
    private sealed class Node(Node? previous)
    {
        private readonly Node? _previous = previous;

        public override string ToString() => _previous is null ? "first" : "next";
    }
}
