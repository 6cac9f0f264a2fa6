using System.Reflection;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// The reactors, with their pollers and waiting workers, live as long as the process; here each execution starts as a new process.
/// </summary>
internal static class StaticState
{
    private static readonly FieldInfo s_reactors = Field("s_all");

    private static readonly FieldInfo s_next = Field("s_next");

    internal static void Reset()
    {
        s_reactors.SetValue(null, Array.Empty<Reactor>());
        s_next.SetValue(null, 0);
    }

    private static FieldInfo Field(string name) => typeof(Reactors).GetField(name, BindingFlags.Static | BindingFlags.NonPublic)!;
}
