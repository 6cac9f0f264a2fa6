using System.Collections.Concurrent;
using System.Diagnostics.Metrics;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests;

/// <summary>The meter "Tachyon.Transport" counts what passes. It is the process's: both sides of the tests are in it.</summary>
[Collection(Serial.Name)]
public sealed class ServerMetricsTests
{
    private const string MeterName = "Tachyon.Transport";

    [Fact]
    public async Task Open_connections_and_bytes_are_counted()
    {
        const int Size = 100_000;
        using var meter = new MeterReader();
        await using var server = await TestServer.StartAsync(TransportKind.Park);
        var before = meter.Read();
        using (var channel = server.CreateChannel())
        {
            await new Echo.EchoClient(channel).UnaryAsync(Content.Create(1, Size)).ResponseAsync.Within("a call");
            var after = meter.Read();

            // Both ends are here.
            Assert.Equal(2, after["tachyon.connections"] - before.GetValueOrDefault("tachyon.connections"));
            Assert.InRange(after["tachyon.bytes.sent"] - before.GetValueOrDefault("tachyon.bytes.sent"), 2 * Size, 3 * Size);
            Assert.InRange(after["tachyon.bytes.received"] - before.GetValueOrDefault("tachyon.bytes.received"), 2 * Size, 3 * Size);
            Assert.InRange(after["tachyon.parks"] - before.GetValueOrDefault("tachyon.parks"), 1, 10_000);
            Assert.InRange(after["tachyon.wakeups.sent"] - before.GetValueOrDefault("tachyon.wakeups.sent"), 1, 10_000);
        }

        await Watchdog.Until(
            () => meter.Read()["tachyon.connections"] == before.GetValueOrDefault("tachyon.connections"), "the end of the connection");
    }

    [Fact]
    public async Task Counters_never_go_back_when_connections_close()
    {
        using var meter = new MeterReader();
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        var last = new Dictionary<string, long>();
        for (var cycle = 0; cycle < 20; cycle++)
        {
            using (var channel = server.CreateChannel())
            {
                await new Echo.EchoClient(channel).UnaryAsync(Content.Create(cycle, 1000)).ResponseAsync.Within("a call");
            }

            var now = meter.Read();
            Assert.All(
                last.Where(static pair => pair.Key != "tachyon.connections"),
                pair => Assert.InRange(now[pair.Key], pair.Value, long.MaxValue));
            last = now;
        }
    }

    [Fact]
    public async Task Refused_handshakes_are_counted_by_reason()
    {
        using var meter = new MeterReader();
        await using var server = await TestServer.StartAsync(TransportKind.Park, TestServer.TachyonClientsOnly);
        using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);

        // HTTP/2's preface is no hello.
        await CallAssert.EndsAsync(
            new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync, "a plain call to the transport's socket");

        await Watchdog.Until(() => meter.Reasons.Contains("not_a_tachyon_client"), "the count of the refused handshake");
        Assert.DoesNotContain("error", meter.Reasons);
    }

    private sealed class MeterReader : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly ConcurrentDictionary<string, long> _values = new();
        private readonly ConcurrentBag<string> _reasons = [];

        public MeterReader()
        {
            _listener.InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == MeterName)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Note(instrument, value, tags));
            _listener.Start();
        }

        public IEnumerable<string> Reasons => _reasons;

        public Dictionary<string, long> Read()
        {
            _listener.RecordObservableInstruments();
            return _values.ToDictionary();
        }

        public void Dispose() => _listener.Dispose();

        private void Note(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
        {
            foreach (var tag in tags)
            {
                if (tag is { Key: "tachyon.reason", Value: string reason })
                {
                    _reasons.Add(reason);
                }
            }

            if (instrument.IsObservable)
            {
                _values[instrument.Name] = value;
            }
        }
    }
}
