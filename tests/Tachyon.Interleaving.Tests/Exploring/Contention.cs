namespace Tachyon.Interleaving.Exploring;

/// <summary>
/// Which locations two threads of one execution touched, at least one of them writing. Only before such a step does it matter who goes
/// first; what it learns holds for a whole exploration.
/// </summary>
internal sealed class Contention
{
    private readonly HashSet<long> _contended = [];
    private readonly Dictionary<long, Touched> _touched = [];

    /// <summary>True when the current execution found a location that was not known before: what was tried so far was tried too
    /// coarsely.</summary>
    internal bool HasGrown { get; private set; }

    internal void Begin()
    {
        HasGrown = false;
        _touched.Clear();
    }

    internal bool Contains(long location) => _contended.Contains(location);

    internal void Note(long location, int thread, Access access)
    {
        if (_contended.Contains(location))
        {
            return;
        }

        var isWrite = access == Access.Write;
        if (!_touched.TryGetValue(location, out var touched))
        {
            _touched[location] = new Touched(thread, false, isWrite);
            return;
        }

        touched = new Touched(touched.First, touched.ByOthers || touched.First != thread, touched.Written || isWrite);
        _touched[location] = touched;
        if (touched.ByOthers && touched.Written)
        {
            _contended.Add(location);
            HasGrown = true;
        }
    }

    private readonly record struct Touched(int First, bool ByOthers, bool Written);
}
