using System.Diagnostics;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>
/// The metrics of one connection, as HttpClient's. Every change is a pair of additions, whose order does not matter: they are made outside
/// the lock of the connection, because listeners are the user's code.
/// </summary>
internal sealed class ConnectionMetrics
{
    private readonly Uri _address;
    private readonly bool _isCounted = HttpClientInstruments.OpenConnections.Enabled;
    private readonly long _start = Stopwatch.GetTimestamp();

    private ConnectionMetrics(Uri address)
    {
        _address = address;
        Count(1, isActive: false);
    }

    /// <summary>For a connection that was made just now, and is idle.</summary>
    /// <returns>Null without a listener. A listener that starts later sees only later connections, as with HttpClient.</returns>
    internal static ConnectionMetrics? Start(Uri address)
        => HttpClientInstruments.OpenConnections.Enabled || HttpClientInstruments.ConnectionDuration.Enabled
            ? new ConnectionMetrics(address)
            : null;

    /// <summary>It has its first stream, or none any more.</summary>
    internal void Change(bool isActive)
    {
        Count(-1, !isActive);
        Count(1, isActive);
    }

    /// <summary>Once.</summary>
    internal void End(bool isActive)
    {
        Count(-1, isActive);
        HttpClientInstruments.ConnectionDuration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, Tags());
    }

    private void Count(int change, bool isActive)
    {
        if (_isCounted)
        {
            var tags = Tags();
            tags.Add("http.connection.state", isActive ? "active" : "idle");
            HttpClientInstruments.OpenConnections.Add(change, tags);
        }
    }

    private TagList Tags()
    {
        var tags = HttpClientInstruments.TagsOf(_address);
        HttpClientInstruments.AddProtocol(ref tags);
        return tags;
    }
}
