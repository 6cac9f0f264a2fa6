using System.Text.Json.Serialization;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Rivals;

namespace Tachyon.Perf.Running;

/// <summary>All rounds of one scenario.</summary>
internal sealed record ScenarioResult(string Name, string Family, IReadOnlyList<RivalResult> Rivals)
{
    [JsonIgnore]
    internal RivalResult? Baseline => Named(AllRivals.Baseline);

    internal RivalResult? Named(string rival) => Rivals.FirstOrDefault(result => result.Rival == rival);
}

/// <summary>The rounds of one rival in one scenario, in their order.</summary>
internal sealed record RivalResult(string Rival, IReadOnlyList<Round> Rounds)
{
    [JsonIgnore]
    internal int DisturbedRounds => Rounds.Count(round => round.Disturbed);

    internal Spread Of(Func<Round, double> quantity) => Spread.Of(Rounds.Select(quantity));

    internal Spread RatioTo(RivalResult baseline, Func<Round, double> quantity) => Spread.OfRatios(Rounds, baseline.Rounds, quantity);
}
