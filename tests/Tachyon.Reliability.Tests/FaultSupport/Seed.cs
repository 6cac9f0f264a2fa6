namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>The random numbers of one test: the same ones each time, others where TACHYON_SEED says so.</summary>
internal static class Seed
{
    internal static int Value { get; } = TestSize.Of("TACHYON_SEED", 20_261_121);

    internal static Random NewRandom(int stream = 0) => new(unchecked((Value * 397) ^ stream));
}
