using System.Diagnostics.Metrics;

namespace Tachyon.Tool.Proxy;

/// <summary>What the proxy did so far, also as the meter "Tachyon.Proxy". docs/metrics.md lists the instruments.</summary>
internal sealed class ProxyTotals : IDisposable
{
    internal const string MeterName = "Tachyon.Proxy";

    private const string Direction = "tachyon.direction";

    private readonly Meter _meter = new(MeterName);
    private long _open;
    private long _accepted;
    private long _refused;
    private long _failedConnects;

    internal ProxyTotals()
    {
        _meter.CreateObservableUpDownCounter("tachyon.proxy.connections", () => Open, "{connection}", "Open connections of clients.");
        _meter.CreateObservableCounter("tachyon.proxy.accepted", () => Accepted, "{connection}", "Clients that were accepted.");
        _meter.CreateObservableCounter("tachyon.proxy.refused", () => Refused, "{connection}", "Clients that were not: a limit, or a handshake that failed.");
        _meter.CreateObservableCounter(
            "tachyon.proxy.connects.failed", () => FailedConnects, "{connection}", "Clients that were closed because the target could not be reached.");
        _meter.CreateObservableCounter(
            "tachyon.proxy.bytes",
            () => new Measurement<long>[]
            {
                new(ToTarget.Value, new KeyValuePair<string, object?>(Direction, "to_target")),
                new(ToClients.Value, new KeyValuePair<string, object?>(Direction, "to_clients")),
            },
            "By",
            "Bytes that were passed on, by direction.");
    }

    internal long Open => Volatile.Read(ref _open);

    internal long Accepted => Volatile.Read(ref _accepted);

    internal long Refused => Volatile.Read(ref _refused);

    internal long FailedConnects => Volatile.Read(ref _failedConnects);

    internal ByteCount ToTarget { get; } = new();

    internal ByteCount ToClients { get; } = new();

    internal void CountAccepted()
    {
        Interlocked.Increment(ref _open);
        Interlocked.Increment(ref _accepted);
    }

    internal void CountClosed() => Interlocked.Decrement(ref _open);

    internal void CountRefused() => Interlocked.Increment(ref _refused);

    internal void CountFailedConnect() => Interlocked.Increment(ref _failedConnects);

    public override string ToString()
        => $"{Open} open, {Accepted} accepted, {Refused} refused, {FailedConnects} failed connects, "
            + $"{ToTarget.Value} bytes to the target, {ToClients.Value} bytes to the clients";

    public void Dispose() => _meter.Dispose();
}
