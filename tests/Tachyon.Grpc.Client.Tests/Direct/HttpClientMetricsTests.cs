using System.Diagnostics.Metrics;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Grpc.Client.Tests.Direct;

/// <summary>The metrics of HttpClient in direct mode, which it does not use: dashboards see no difference.</summary>
// Meters are of the process.
[Collection(Serial.Name)]
public sealed class HttpClientMetricsTests : IDisposable
{
    private static readonly string[] s_names =
    [
        "http.client.active_requests", "http.client.connection.duration", "http.client.open_connections", "http.client.request.duration",
        "http.client.request.time_in_queue",
    ];

    private readonly MeterListener _listener = new();
    private readonly List<Instrument> _instruments = [];
    private readonly Dictionary<string, long> _open = [];
    private readonly List<string> _recorded = [];

    public HttpClientMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "System.Net.Http")
            {
                lock (_instruments)
                {
                    _instruments.Add(instrument);
                }

                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
        {
            if (instrument.Name == "http.client.open_connections")
            {
                lock (_open)
                {
                    var state = Text(tags);
                    _open[state] = _open.GetValueOrDefault(state) + value;
                }
            }
        });
        _listener.SetMeasurementEventCallback<double>((instrument, value, tags, _) =>
        {
            Assert.InRange(value, 0, Watchdog.Limit.TotalSeconds);
            lock (_recorded)
            {
                _recorded.Add($"{instrument.Name}: {Text(tags)}");
            }
        });
    }

    public void Dispose() => _listener.Dispose();

    /// <summary>Else an exporter takes them for different metrics of one name, in an application that has both.</summary>
    [Fact]
    public async Task Instruments_are_those_of_HttpClient()
    {
        _listener.Start();
        await CallAsync(TransportKind.UnixSocket);
        await CallAsync(TransportKind.Direct);

        Instrument[] all;
        lock (_instruments)
        {
            all = [.. _instruments];
        }

        Assert.Equal(s_names, all.Select(static instrument => instrument.Name).Distinct().Order(StringComparer.Ordinal));
        Assert.All(s_names, name => Assert.True(all.Count(instrument => instrument.Name == name) > 1, $"{name} is that of HttpClient only."));
        Assert.Equal(s_names.Length, all.Select(static instrument => (
            instrument.Name, instrument.GetType(), instrument.Unit, instrument.Description, Buckets(instrument))).Distinct().Count());
    }

    [Fact]
    public async Task Values_have_the_tags_of_HttpClient()
    {
        _listener.Start();
        var http2 = await MeasureAsync(TransportKind.Adaptive);
        var direct = await MeasureAsync(TransportKind.Direct);

        Assert.Equal(http2, direct);
    }

    [Theory]
    [InlineData(TransportKind.Direct)]
    [InlineData(TransportKind.Invoker)]
    public async Task Connection_is_idle_active_and_gone(TransportKind transport)
    {
        _listener.Start();
        await using var server = await TestServer.StartAsync(transport);
        using (var channel = server.CreateChannel())
        {
            await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within();
            await Watchdog.Until(() => Counts(idle: 1, active: 0));

            var id = CallIds.Next();
            var held = new Hold.HoldClient(channel).UnaryAsync(new Payload(), CallIds.Header(id));
            await Watchdog.Until(() => Counts(idle: 0, active: 1));
            server.Probe.Call(id).Release();
            await held.ResponseAsync.Within();
            await Watchdog.Until(() => Counts(idle: 1, active: 0));
        }

        await Watchdog.Until(() => Counts(idle: 0, active: 0));
        Assert.Single(Recorded(), static line => line.StartsWith("http.client.connection.duration", StringComparison.Ordinal));
    }

    private static async Task CallAsync(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within();
    }

    /// <summary>The values of one call on one connection: three times, and two states.</summary>
    private async Task<string> MeasureAsync(TransportKind transport)
    {
        lock (_recorded)
        {
            _recorded.Clear();
        }

        lock (_open)
        {
            _open.Clear();
        }

        await CallAsync(transport);
        await Watchdog.Until(() => Recorded().Length == 3 && Counts(idle: 0, active: 0));
        lock (_open)
        {
            return string.Join('\n', [.. Recorded(), .. _open.Keys.Order(StringComparer.Ordinal)]);
        }
    }

    private string[] Recorded()
    {
        lock (_recorded)
        {
            return [.. _recorded.Order(StringComparer.Ordinal)];
        }
    }

    private static string Buckets(Instrument instrument)
        => string.Join(' ', (instrument as Instrument<double>)?.Advice?.HistogramBucketBoundaries ?? []);

    private static string Text(ReadOnlySpan<KeyValuePair<string, object?>> tags)
        => string.Join(' ', tags.ToArray().Select(static tag => $"{tag.Key}={tag.Value}").Order(StringComparer.Ordinal));

    private bool Counts(long idle, long active)
    {
        lock (_open)
        {
            return Sum("idle") == idle && Sum("active") == active;
        }

        long Sum(string state)
            => _open.Where(entry => entry.Key.Contains($"state={state}", StringComparison.Ordinal)).Sum(static entry => entry.Value);
    }
}
