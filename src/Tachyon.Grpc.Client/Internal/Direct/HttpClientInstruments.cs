using System.Diagnostics;
using System.Diagnostics.Metrics;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>
/// The instruments of HttpClient (.NET 10), for requests and connections that it does not make. Alike in every part: an exporter takes two
/// instruments of one name with different descriptions or buckets for two metrics.
/// </summary>
internal static class HttpClientInstruments
{
    private const string Seconds = "s";

    private static readonly Meter s_meter = new("System.Net.Http");

    private static readonly InstrumentAdvice<double> s_ofRequests = new()
    {
        HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10],
    };

    private static readonly InstrumentAdvice<double> s_ofConnections = new()
    {
        HistogramBucketBoundaries = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 30, 60, 120, 300],
    };

    internal static UpDownCounter<long> ActiveRequests { get; } = s_meter.CreateUpDownCounter<long>(
        "http.client.active_requests", "{request}", "Number of outbound HTTP requests that are currently active on the client.");

    internal static Histogram<double> RequestDuration { get; } = s_meter.CreateHistogram(
        "http.client.request.duration", Seconds, "Duration of HTTP client requests.", null, s_ofRequests);

    internal static Histogram<double> TimeInQueue { get; } = s_meter.CreateHistogram(
        "http.client.request.time_in_queue",
        Seconds,
        "The amount of time requests spent on a queue waiting for an available connection.",
        null,
        s_ofRequests);

    internal static UpDownCounter<long> OpenConnections { get; } = s_meter.CreateUpDownCounter<long>(
        "http.client.open_connections",
        "{connection}",
        "Number of outbound HTTP connections that are currently active or idle on the client.");

    internal static Histogram<double> ConnectionDuration { get; } = s_meter.CreateHistogram(
        "http.client.connection.duration",
        Seconds,
        "The duration of successfully established outbound HTTP connections.",
        null,
        s_ofConnections);

    /// <summary>The tags of a server, which every instrument has.</summary>
    /// <param name="address">Of the server.</param>
    /// <param name="withoutDefaultPort">HttpClient leaves out the port 80 in its times of queues only.</param>
    internal static TagList TagsOf(Uri address, bool withoutDefaultPort = false)
    {
        TagList tags = new()
        {
            { "url.scheme", address.Scheme },
            { "server.address", address.Host },
        };
        if (!withoutDefaultPort || !address.IsDefaultPort)
        {
            tags.Add("server.port", address.Port);
        }

        return tags;
    }

    /// <summary>The tags of a request, before its response.</summary>
    internal static TagList TagsOf(HttpRequestMessage request, bool withoutDefaultPort = false)
    {
        var tags = TagsOf(request.RequestUri!, withoutDefaultPort);
        tags.Add("http.request.method", request.Method.Method);
        return tags;
    }

    /// <summary>Adds what HttpClient says of a connection with HTTP/2, to whose requests those of direct mode are alike.</summary>
    internal static void AddProtocol(ref TagList tags) => tags.Add("network.protocol.version", "2");

    /// <summary>A request has waited for a connection.</summary>
    internal static void LeftQueue(HttpRequestMessage request, long start)
    {
        if (TimeInQueue.Enabled)
        {
            var tags = TagsOf(request, withoutDefaultPort: true);
            AddProtocol(ref tags);
            TimeInQueue.Record(Stopwatch.GetElapsedTime(start).TotalSeconds, tags);
        }
    }
}
