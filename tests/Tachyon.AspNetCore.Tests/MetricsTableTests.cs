using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using System.Diagnostics.Tracing;
using System.Globalization;
using System.Text.RegularExpressions;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests;

/// <summary>docs/metrics.md says what an operator sees: with the meters of .NET, and with what dotnet-counters listens to.</summary>
[Collection(Serial.Name)]
public sealed partial class MetricsTableTests
{
    private const string Meter = "Tachyon.Transport";

    private static readonly IReadOnlyList<IReadOnlyList<string>> s_rows = new MarkdownPage(Repository.FilePath("docs", "metrics.md")).Rows("instrument");

    /// <summary>
    /// The instruments of the transport in the table: name, kind, unit. The proxy, the client and the server have meters of their own.
    /// </summary>
    private static readonly (string Name, string Kind, string Unit)[] s_table =
    [
        .. s_rows.Where(
            static row => row[0].StartsWith("tachyon.", StringComparison.Ordinal)
                && !row[0].StartsWith("tachyon.proxy.", StringComparison.Ordinal)
                && row[0] is not ("tachyon.fallbacks" or "tachyon.violations")).Select(static row => (row[0], row[1], row[2])),
    ];

    [Fact]
    public async Task A_meter_listener_sees_the_instruments_of_the_table_and_no_others()
    {
        var published = new ConcurrentBag<(string, string, string)>();
        using var listener = new MeterListener
        {
            InstrumentPublished = (instrument, _) =>
            {
                if (instrument.Meter.Name == Meter)
                {
                    published.Add((instrument.Name, Kind(instrument.GetType().Name), instrument.Unit ?? ""));
                }
            },
        };
        listener.Start();
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        await CallAsync(server);

        Assert.Equal(s_table.Order(), published.Order());
    }

    [Fact]
    public async Task Dotnet_counters_sees_the_instruments_of_the_table_and_what_calls_count()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);
        using var listener = new CountersListener(Meter);
        await Calling(server, () => listener.IsCounting("tachyon.bytes.sent") && listener.IsCounting("tachyon.bytes.received")
            && listener.IsCounting("tachyon.parks") && listener.IsCounting("tachyon.wakeups.sent")).Within("the counters of calls");

        Assert.Equal(s_table.Order(), listener.Reported.Order());
        Assert.Empty(listener.Errors);
    }

    [Fact]
    public void Every_instrument_in_the_sources_is_in_the_table()
    {
        string[] created =
        [
            .. Directory.EnumerateFiles(Repository.FilePath("src"), "*.cs", SearchOption.AllDirectories)
                .SelectMany(static file => CreatedInstrument().Matches(File.ReadAllText(file)))
                .Select(static match => match.Groups[1].Value),
        ];

        Assert.InRange(created.Length, s_table.Length, 100);
        Assert.Equal(created.Order(StringComparer.Ordinal), s_rows.Select(static row => row[0]).Order(StringComparer.Ordinal));
    }

    private static async Task Calling(TestServer server, Func<bool> enough)
    {
        while (!enough())
        {
            await CallAsync(server);
        }
    }

    private static async Task CallAsync(TestServer server)
    {
        using var channel = server.CreateChannel();
        await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, 1000)).ResponseAsync.Within("a call");
    }

    // "Counter`1", "ObservableUpDownCounter`1", and the same without the arity in events.
    private static string Kind(string type)
        => type.Contains("UpDownCounter", StringComparison.Ordinal) ? "up-down counter"
            : type.Contains("Counter", StringComparison.Ordinal) ? "counter"
            : type;

    [GeneratedRegex("""Create(?:Observable)?(?:UpDownCounter|Counter|Gauge|Histogram)(?:<\w+>)?\(\s*"([^"]+)""")]
    private static partial Regex CreatedInstrument();

    /// <summary>Asks the event source of .NET's metrics for a meter, with the keywords and arguments of dotnet-counters.</summary>
    private sealed class CountersListener : EventListener
    {
        private const EventKeywords TimeSeriesValues = (EventKeywords)2;

        // The constructor of the base announces event sources, before ours has run.
        private readonly ConcurrentDictionary<(string, string, string), bool> _reported = new();
        private readonly ConcurrentDictionary<string, bool> _counting = new();
        private readonly ConcurrentQueue<string> _errors = new();
        private readonly string _session = Guid.NewGuid().ToString();

        public CountersListener(string meter)
        {
            EventSource source = EventSource.GetSources().Single(static source => source.Name == "System.Diagnostics.Metrics");
            EnableEvents(source, EventLevel.Informational, TimeSeriesValues, new Dictionary<string, string?>
            {
                ["SessionId"] = _session,
                ["Metrics"] = meter,
                ["RefreshInterval"] = "0.2",
                ["MaxTimeSeries"] = "1000",
                ["MaxHistograms"] = "10",
            });
        }

        public IEnumerable<(string Name, string Kind, string Unit)> Reported => _reported.Keys;

        public IEnumerable<string> Errors => _errors;

        public bool IsCounting(string instrument) => _counting.ContainsKey(instrument);

        protected override void OnEventWritten(EventWrittenEventArgs eventData)
        {
            if (eventData.EventName is { } name && name.Contains("Error", StringComparison.Ordinal))
            {
                _errors.Enqueue($"{name}: {string.Join(", ", eventData.Payload ?? (IEnumerable<object?>)[])}");
            }

            if (Text(eventData, "sessionId") != _session || Text(eventData, "instrumentName") is not { } instrument)
            {
                return;
            }

            switch (eventData.EventName)
            {
                case "BeginInstrumentReporting":
                    _reported[(instrument, Kind(Text(eventData, "instrumentType") ?? ""), Text(eventData, "unit") ?? "")] = true;
                    break;
                case "CounterRateValuePublished" when double.TryParse(Text(eventData, "rate"), CultureInfo.InvariantCulture, out var rate) && rate > 0:
                    _counting[instrument] = true;
                    break;
            }
        }

        private static string? Text(EventWrittenEventArgs eventData, string name)
            => eventData.PayloadNames?.IndexOf(name) is { } index and >= 0 ? eventData.Payload![index]?.ToString() : null;
    }
}
