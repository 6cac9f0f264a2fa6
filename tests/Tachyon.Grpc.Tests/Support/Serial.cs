namespace Tachyon.Grpc.Tests.Support;

/// <summary>
/// Tests of what the process has only once, its meters and its listeners of activities, and those that keep every core busy:
/// nothing may run beside them.
/// </summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Serial
{
    public const string Name = "serial";
}
