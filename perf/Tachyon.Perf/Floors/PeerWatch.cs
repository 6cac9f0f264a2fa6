namespace Tachyon.Perf.Floors;

/// <summary>Lets a side that spins notice that the other process is gone.</summary>
internal sealed class PeerWatch
{
    private const int SpinsPerLook = 1 << 20;

    private volatile bool _gone;

    internal void SayGone() => _gone = true;

    /// <summary>Called in each turn of a spinning loop; looks now and then.</summary>
    internal void OnSpin(ref int spins)
    {
        if ((++spins & (SpinsPerLook - 1)) == 0 && _gone)
        {
            throw new EndOfStreamException("The peer is gone.");
        }
    }
}
