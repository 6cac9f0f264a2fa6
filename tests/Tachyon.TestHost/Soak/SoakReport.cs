namespace Tachyon.TestHost.Soak;

/// <summary>What a client of the soak did.</summary>
/// <param name="Checked">Calls whose every byte came back right.</param>
/// <param name="Ended">Calls that were cancelled, or given a deadline they could not keep, and ended so.</param>
/// <param name="Interrupted">Calls that a server's death ended.</param>
/// <param name="Connections">Channels opened.</param>
/// <param name="Bytes">Bytes of the checked calls.</param>
/// <param name="Failures">Whatever else happened.</param>
public sealed record SoakReport(long Checked, long Ended, long Interrupted, long Connections, long Bytes, IReadOnlyList<string> Failures);
