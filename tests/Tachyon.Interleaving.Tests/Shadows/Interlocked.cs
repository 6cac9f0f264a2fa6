using System.Numerics;
using System.Runtime.CompilerServices;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Transport.Internal;

/// <summary>Stands in for System.Threading.Interlocked in the compiled sources: each operation is a step of the explorer, and a full
/// fence.</summary>
internal static class Interlocked
{
    internal static T Exchange<T>(
        ref T location, T value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
    {
        Before("exchange", in location, what, member, line);
        var before = location;
        location = value;
        return before;
    }

    // The compiler can't infer a type from an integer literal.
    internal static uint Exchange(
        ref uint location, uint value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        => Exchange<uint>(ref location, value, what, member, line);

    // The compiler can't infer a type from an integer literal.
    internal static ulong Exchange(
        ref ulong location, ulong value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        => Exchange<ulong>(ref location, value, what, member, line);

    internal static T CompareExchange<T>(
        ref T location, T value, T comparand,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
    {
        Before("compare-exchange", in location, what, member, line);
        var before = location;
        if (EqualityComparer<T>.Default.Equals(before, comparand))
        {
            location = value;
        }

        return before;
    }

    internal static T Increment<T>(
        ref T location,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        where T : IBinaryInteger<T>
    {
        Before("increment", in location, what, member, line);
        return ++location;
    }

    internal static T Decrement<T>(
        ref T location,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        where T : IBinaryInteger<T>
    {
        Before("decrement", in location, what, member, line);
        return --location;
    }

    internal static T Add<T>(
        ref T location, T value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        where T : IBinaryInteger<T>
    {
        Before("add", in location, what, member, line);
        return location += value;
    }

    internal static T Or<T>(
        ref T location, T value,
        [CallerArgumentExpression(nameof(location))] string what = "",
        [CallerMemberName] string member = "",
        [CallerLineNumber] int line = 0)
        where T : IBinaryInteger<T>
    {
        Before("or", in location, what, member, line);
        var before = location;
        location |= value;
        return before;
    }

    /// <summary>Needs no step of its own: it only empties what a thread has not yet made visible.</summary>
    internal static void MemoryBarrier() => StoreBuffer.Drain();

    private static void Before<T>(string operation, ref readonly T location, string what, string member, int line)
    {
        Execution.Step(new Step(operation, what, member, line), Access.Write, in location);
        StoreBuffer.Drain();
    }
}
