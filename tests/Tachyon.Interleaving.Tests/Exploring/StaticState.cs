using System.Collections;
using System.Reflection;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// The reactors, with their pollers and waiting workers, and the threads for peers live as long as the process; here each execution starts
/// as a new process.
/// </summary>
internal static class StaticState
{
    private static readonly FieldInfo s_reactors = Field(typeof(Reactors), "s_all");

    private static readonly FieldInfo s_next = Field(typeof(Reactors), "s_next");

    private static readonly FieldInfo s_peerThreads = Field(typeof(PeerThread), "s_threads");

    internal static void Reset()
    {
        s_reactors.SetValue(null, Array.Empty<Reactor>());
        s_next.SetValue(null, 0);
        ((IDictionary)s_peerThreads.GetValue(null)!).Clear();
    }

    private static FieldInfo Field(Type type, string name) => type.GetField(name, BindingFlags.Static | BindingFlags.NonPublic)!;
}
