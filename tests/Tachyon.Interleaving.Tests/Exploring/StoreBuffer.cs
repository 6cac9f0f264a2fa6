using System.Runtime.CompilerServices;

namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// The store buffer that each core has: a store is seen by its own thread at once, by others later, in the order of the stores; a full
/// fence waits until all are seen. That is x86 (TSO). Used only where an exploration asks for it.
/// </summary>
internal static unsafe class StoreBuffer
{
    internal static T Read<T>(ref readonly T location)
    {
        if (Execution.Current is not { Stores.Count: > 0 } me || !TryAddress(in location, out var address))
        {
            return location;
        }

        for (var i = me.Stores.Count - 1; i >= 0; i--)
        {
            if (me.Stores[i].Address == address)
            {
                var value = me.Stores[i].Value;
                return Unsafe.As<ulong, T>(ref value);
            }
        }

        return location;
    }

    internal static void Write<T>(ref T location, T value, Step step)
    {
        var me = Execution.Current;
        if (me is null || !Execution.Active.HasStoreBuffers || IsSharedStatistics(in location, step))
        {
            location = value;
        }
        else if (TryAddress(in location, out var address) && Execution.Active.MayDelay(address))
        {
            ulong bits = 0;
            Unsafe.As<ulong, T>(ref bits) = value;
            me.Stores.Add(new PendingStore(address, Unsafe.SizeOf<T>(), bits, step));
        }
        else
        {
            // Where it can't be delayed, at least it does not overtake those before it.
            Drain();
            location = value;
        }
    }

    /// <summary>Full fence: all stores of this thread become visible.</summary>
    internal static void Drain()
    {
        if (Execution.Current is { Stores.Count: > 0 } me)
        {
            // Others may look just before.
            Execution.BeforeFence();
            while (me.Stores.Count > 0)
            {
                ApplyOldest(me);
            }
        }
    }

    internal static void ApplyOldest(LogicalThread thread)
    {
        var store = thread.Stores[0];
        thread.Stores.RemoveAt(0);
        Unsafe.CopyBlockUnaligned((void*)store.Address, &store.Value, (uint)store.Size);
    }

    /// <summary>No thread reads it, so the time of its arrival makes no difference.</summary>
    private static bool IsSharedStatistics<T>(ref readonly T location, Step step)
        => Locations.IsStatistics(step.What) && TryAddress(in location, out var address) && Execution.Active.MayDelay(address);

    private static bool TryAddress<T>(ref readonly T location, out nint address)
    {
        address = 0;
        if (RuntimeHelpers.IsReferenceOrContainsReferences<T>())
        {
            return false;
        }

        address = (nint)Unsafe.AsPointer(ref Unsafe.AsRef(in location));
        return true;
    }
}
