namespace Tachyon.Interleaving.Exploring;

/// <summary>A place in an execution where more than one could go on, and who did.</summary>
internal sealed class Decision(int[] options)
{
    /// <summary>What could go on, the default first; see <see cref="Execution"/> for the codes.</summary>
    internal int[] Options => options;

    /// <summary>Index of the option that is taken.</summary>
    internal int Taken { get; set; }

    /// <summary>True for options that need not be tried here: what comes of them was tried before, in another order that makes no
    /// difference.</summary>
    internal bool[] Asleep { get; } = new bool[options.Length];
}
