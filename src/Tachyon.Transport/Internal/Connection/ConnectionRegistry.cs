namespace Tachyon.Transport.Internal.Connection;

/// <summary>The live connections of the process and the sums over the closed ones, for the metrics. Costs the data path nothing.</summary>
internal static class ConnectionRegistry
{
    private static readonly Lock s_lock = new();
    private static readonly HashSet<ConnectionCore> s_live = [];
    private static Totals s_closed;
    private static IConnectionObserver? s_observer;

    internal static void Add(ConnectionCore connection)
    {
        lock (s_lock)
        {
            s_live.Add(connection);
            s_observer?.OnAdded(connection);
        }
    }

    internal static void Remove(ConnectionCore connection)
    {
        lock (s_lock)
        {
            if (s_live.Remove(connection))
            {
                s_closed.Add(connection);
                s_observer?.OnRemoved(connection);
            }
        }
    }

    /// <summary>Reports the live connections and those that come to the observer, of which there is one at a time.</summary>
    internal static void Observe(IConnectionObserver observer)
    {
        lock (s_lock)
        {
            s_observer = observer;
            foreach (var connection in s_live)
            {
                observer.OnAdded(connection);
            }
        }
    }

    /// <summary>Ends <see cref="Observe"/>. Idempotent.</summary>
    internal static void Forget(IConnectionObserver observer)
    {
        lock (s_lock)
        {
            if (s_observer != observer)
            {
                return;
            }

            s_observer = null;
            foreach (var connection in s_live)
            {
                observer.OnRemoved(connection);
            }
        }
    }

    internal static Totals Sum()
    {
        lock (s_lock)
        {
            var sum = s_closed;
            foreach (var connection in s_live)
            {
                sum.Add(connection);
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

        internal void Add(ConnectionCore connection)
        {
            BytesSent += connection.Producer.BytesProduced;
            BytesReceived += connection.Consumer.BytesConsumed;
            Parks += connection.Parks;
            WakeUpsSent += connection.DoorbellsRung;
            WakeUpsReceived += connection.DoorbellsReceived;
        }
    }
}
