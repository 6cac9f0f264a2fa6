using Tachyon.Measuring;

namespace Tachyon.Tool.Commands.Bench;

/// <summary>What <c>tachyon bench</c> measured, and on what.</summary>
internal sealed record BenchReport(Machine Machine, string Mode, int Rounds, double SecondsPerRound, IReadOnlyList<BenchRow> Rows);

/// <summary>One quantity. The ratio is that of Tachyon to the socket, round by round.</summary>
internal sealed record BenchRow(
    string Scenario, string Measure, string Unit, bool LessIsBetter, Spread Socket, Spread Tachyon, Spread Ratio)
{
    /// <summary>The transport that is ahead by the median ratio: tachyon or socket.</summary>
    public string Winner => (Ratio.Median > 1) != LessIsBetter ? Comparison.Tachyon : Comparison.Socket;

    /// <summary>False when the result of single rounds is the opposite of the median.</summary>
    public bool IsClear => Ratio.Lowest > 1 || Ratio.Highest < 1;
}
