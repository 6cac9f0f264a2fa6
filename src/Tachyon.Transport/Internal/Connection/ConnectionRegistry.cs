namespace Tachyon.Transport.Internal.Connection;

/// <summary>The live connections of the process and the sums over the closed ones, for the metrics. Costs the data path nothing.</summary>
internal static class ConnectionRegistry
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<ConnectionCore> s_live = [];
    private static Totals s_closed;

    internal static void Add(ConnectionCore end)
    {
        lock (s_lock)
        {
            s_live.Add(end);
        }
    }

    internal static void Remove(ConnectionCore end)
    {
        lock (s_lock)
        {
            if (s_live.Remove(end))
            {
                s_closed.Add(end);
            }
        }
    }

    internal static Totals Sum()
    {
        lock (s_lock)
        {
            Totals sum = s_closed;
            foreach (ConnectionCore end in s_live)
            {
                sum.Add(end);
            }

            sum.Connections = s_live.Count;
            return sum;
        }
    }

    internal struct Totals
    {
        internal int Connections;
        internal long BytesSent;
        internal long BytesReceived;
        internal long Parks;
        internal long WakeUpsSent;
        internal long WakeUpsReceived;

        internal void Add(ConnectionCore end)
        {
            BytesSent += end.Producer.BytesProduced;
            BytesReceived += end.Consumer.BytesConsumed;
            Parks += end.Parks;
            WakeUpsSent += end.DoorbellsRung;
            WakeUpsReceived += end.DoorbellsReceived;
        }
    }
}
