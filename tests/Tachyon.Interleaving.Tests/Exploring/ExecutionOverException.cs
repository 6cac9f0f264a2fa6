namespace Tachyon.Interleaving.Exploring;

/// <summary>Unwinds a thread that still waits when an execution is over. Not a failure.</summary>
#pragma warning disable CA1032, CA1064 // Never leaves the explorer.
internal sealed class ExecutionOverException : Exception;
#pragma warning restore CA1032, CA1064
