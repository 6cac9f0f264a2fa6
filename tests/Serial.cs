namespace Tachyon.Testing;

/// <summary>
/// Tests beside which nothing may run: of what the process has only once (meters, listeners of activities, the poller), of processor time,
/// and those that keep every core busy. Compiled into each test project, because a collection belongs to its assembly.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Serial
{
    public const string Name = "serial";
}
