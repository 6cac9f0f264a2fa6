namespace Tachyon.Tool.Proxy;

/// <summary>Bytes of all connections in one direction.</summary>
internal sealed class ByteCount
{
    private long _value;

    internal long Value => Volatile.Read(ref _value);

    internal void Add(long count) => Interlocked.Add(ref _value, count);
}
