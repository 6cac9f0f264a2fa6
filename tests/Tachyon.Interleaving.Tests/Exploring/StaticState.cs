using System.Reflection;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// The transport has one poller, one reactor and one waiting worker for each process; here each execution starts as a new process.
/// </summary>
internal static class StaticState
{
    private static readonly FieldInfo[] s_pollerFields = typeof(Poller).GetFields(BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly FieldInfo[] s_workerFields = typeof(WaitingWorker).GetFields(BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly FieldInfo s_reactor =
        typeof(Reactor).GetField("s_shared", BindingFlags.Static | BindingFlags.NonPublic)!;

    internal static void Reset()
    {
        s_reactor.SetValue(null, null);
        Renew(Poller.Shared, new Poller(), s_pollerFields);
        Renew(WaitingWorker.Shared, new WaitingWorker(), s_workerFields);
    }

    private static void Renew(object shared, object fresh, FieldInfo[] fields)
    {
        foreach (var field in fields)
        {
            field.SetValue(shared, field.GetValue(fresh));
        }
    }
}
