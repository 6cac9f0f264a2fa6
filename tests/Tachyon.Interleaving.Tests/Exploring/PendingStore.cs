namespace Tachyon.Interleaving.Exploring;

/// <summary>A store that its thread has made and that has not arrived in memory.</summary>
internal struct PendingStore(nint address, int size, ulong value, Step step)
{
    /// <summary>The bytes to store.</summary>
    internal ulong Value = value;

    internal readonly nint Address => address;

    internal readonly int Size => size;

    internal readonly Step Step => step;
}
