using System.Reflection;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Interleaving.Exploring;

/// <summary>The transport has one poller and one reactor for each process; here each execution starts as a new process.</summary>
internal static class StaticState
{
    private static readonly FieldInfo[] s_pollerFields = typeof(Poller).GetFields(BindingFlags.Instance | BindingFlags.NonPublic);

    private static readonly FieldInfo s_reactor =
        typeof(Reactor).GetField("s_shared", BindingFlags.Static | BindingFlags.NonPublic)!;

    internal static void Reset()
    {
        s_reactor.SetValue(null, null);
        var fresh = new Poller();
        foreach (var field in s_pollerFields)
        {
            field.SetValue(Poller.Shared, field.GetValue(fresh));
        }
    }
}
