namespace Tachyon.Transport.Tests.Support;

/// <summary>Tests of what the process has only once, its meters and its poller, and of processor time: nothing may run beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class Serial
{
    public const string Name = "serial";
}
