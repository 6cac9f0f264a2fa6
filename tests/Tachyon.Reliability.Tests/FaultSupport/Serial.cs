namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>
/// Tests that flood the machine, that compare or report what the machine gives them, and that watch the threads of this process:
/// nothing may run beside them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Serial
{
    public const string Name = "serial";
}
