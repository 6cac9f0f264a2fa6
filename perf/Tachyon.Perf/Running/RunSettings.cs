namespace Tachyon.Perf.Running;

/// <summary>How a run is measured.</summary>
/// <param name="Rounds">Rounds of each rival in each scenario.</param>
/// <param name="RoundLength">Length of a round.</param>
/// <param name="Repeats">How often disturbed rounds of one scenario are repeated before they are kept, and marked.</param>
/// <param name="WarmUpLength">Length of a window of the warm-up.</param>
/// <param name="WarmUpWindows">Windows at most, until two in a row agree.</param>
internal sealed record RunSettings(int Rounds, TimeSpan RoundLength, int Repeats, TimeSpan WarmUpLength, int WarmUpWindows);
