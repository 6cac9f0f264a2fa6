namespace Tachyon.Perf.Scenarios;

/// <summary>One thing that is measured.</summary>
/// <param name="Name">What the tables call it.</param>
/// <param name="Family">The table that it belongs to.</param>
/// <param name="Connections">Channels that are open, and were used once, before the round begins.</param>
/// <param name="Concurrency">Loops of the body that record latencies.</param>
/// <param name="Body">Works until the round is over.</param>
internal sealed record Scenario(string Name, string Family, int Connections, int Concurrency, Func<ScenarioRun, Task> Body);
