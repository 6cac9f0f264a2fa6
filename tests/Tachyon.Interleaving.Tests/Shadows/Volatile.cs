using System.Runtime.CompilerServices;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal;

/// <summary>Stands in for System.Threading.Volatile in the compiled sources: each access is a step of the explorer.</summary>
internal static class Volatile
{
    internal static T Read<T>(
        ref readonly T location,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
    {
        Execution.Step(new Step("read", what, member, line), Access.Read, in location);
        return StoreBuffer.Read(in location);
    }

    internal static void Write<T>(
        ref T location, T value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
    {
        var step = new Step("write", what, member, line);
        Execution.Step(step, Access.Write, in location);
        StoreBuffer.Write(ref location, value, step);
    }

    // The compiler can't infer a type from an integer literal.
    internal static void Write(
        ref uint location, uint value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        => Write<uint>(ref location, value, what, member, line);

    // The compiler can't infer a type from an integer literal.
    internal static void Write(
        ref ulong location, ulong value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        => Write<ulong>(ref location, value, what, member, line);
}
