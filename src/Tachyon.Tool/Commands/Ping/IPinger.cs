namespace Tachyon.Tool.Commands.Ping;

/// <summary>A way to make one round trip to a server.</summary>
internal interface IPinger : IAsyncDisposable
{
    /// <summary>What a round trip is.</summary>
    string Name { get; }

    /// <summary>What comes before the first round trip.</summary>
    Task StartAsync(CancellationToken cancellationToken);

    Task PingAsync(CancellationToken cancellationToken);
}
