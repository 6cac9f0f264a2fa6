namespace Tachyon.Transport.Internal;

/// <summary>Waits of a thread that has no more work: the time is over at once.</summary>
internal static class Monitor
{
    internal static bool Wait(object gate, TimeSpan time)
    {
        _ = (gate, time);
        return false;
    }

    internal static void PulseAll(object gate) => _ = gate;

    internal static bool Wait(object gate) => System.Threading.Monitor.Wait(gate);

    internal static void Pulse(object gate) => System.Threading.Monitor.Pulse(gate);
}
