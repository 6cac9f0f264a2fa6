namespace Tachyon.Transport.Tests.Support;

/// <summary>Tests that count descriptors, mappings, threads or meters of this process: nothing may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Serial
{
    public const string Name = "serial";
}
