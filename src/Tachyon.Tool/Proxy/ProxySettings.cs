namespace Tachyon.Tool.Proxy;

/// <summary>The command line of the proxy.</summary>
internal sealed record ProxySettings(ProxyAddress Listen, ProxyAddress Connect)
{
    internal required int MaxConnections { get; init; }

    /// <summary>How long connecting to the target may take.</summary>
    internal required TimeSpan ConnectTimeout { get; init; }

    /// <summary>How long connections may go on after the proxy was told to stop.</summary>
    internal required TimeSpan DrainTimeout { get; init; }

    /// <summary>How often the totals are logged; zero for at the end only.</summary>
    internal required TimeSpan StatisticsInterval { get; init; }
}
