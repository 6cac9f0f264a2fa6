using System.Diagnostics.Metrics;

namespace Tachyon.Transport.Tests.Waiting;

/// <summary>The instruments count the whole process, so nothing may run beside these tests.</summary>
[Collection(Serial.Name)]
public sealed class TransportMetricsTests : IDisposable
{
    private readonly MeterListener _listener = new();
    private readonly Dictionary<string, long> _values = [];
    private readonly Dictionary<string, long> _refused = [];
    private readonly List<string> _published = [];

    public TransportMetricsTests()
    {
        _listener.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == "Tachyon.Transport")
            {
                _published.Add(instrument.Name);
                listener.EnableMeasurementEvents(instrument);
            }
        };
        _listener.SetMeasurementEventCallback<int>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) => Record(instrument, value, tags));
        _listener.Start();
    }

    public void Dispose() => _listener.Dispose();

    [Fact]
    public async Task Instruments_are_these()
    {
        await using (Pair.Create())
        {
        }

        string[] expected =
        [
            "tachyon.bytes.received", "tachyon.bytes.sent", "tachyon.connections",
            "tachyon.handshakes.refused", "tachyon.parks",
            "tachyon.polls", "tachyon.wakeups.received", "tachyon.wakeups.sent",
        ];
        Assert.Equal(expected, _published.Order(StringComparer.Ordinal));
    }

    [Fact]
    public async Task Connections_and_bytes_are_counted_and_kept()
    {
        var before = Read();
        await using (var pair = Pair.Create())
        {
            await pair.Client.Output.SendPatternAsync(1_000);
            await pair.Server.Input.ReceivePatternAsync(600);
            var during = Read();
            Assert.Equal(before["tachyon.connections"] + 2, during["tachyon.connections"]);
            Assert.Equal(before["tachyon.bytes.sent"] + 1_000, during["tachyon.bytes.sent"]);
            Assert.Equal(before["tachyon.bytes.received"] + 600, during["tachyon.bytes.received"]);
            await pair.Server.Input.ReceivePatternAsync(400, position: 600);
        }

        // Sums never go back, though the connection is gone.
        var after = Read();
        Assert.Equal(before["tachyon.connections"], after["tachyon.connections"]);
        Assert.Equal(before["tachyon.bytes.sent"] + 1_000, after["tachyon.bytes.sent"]);
        Assert.Equal(before["tachyon.bytes.received"] + 1_000, after["tachyon.bytes.received"]);
    }

    [Fact]
    public async Task Parks_and_wake_ups_are_counted()
    {
        await using var pair = Pair.Create();
        var before = Read();
        for (var i = 0; i < 10; i++)
        {
            var receiving = pair.Server.Input.ReceivePatternAsync(100, i);
            Assert.False(receiving.IsCompleted);
            await pair.Client.Output.SendPatternAsync(100, i);
            await receiving;
        }

        var after = Read();
        Assert.Equal(before["tachyon.parks"] + 10, after["tachyon.parks"]);
        Assert.Equal(before["tachyon.wakeups.sent"] + 10, after["tachyon.wakeups.sent"]);
        Assert.InRange(after["tachyon.wakeups.received"] - before["tachyon.wakeups.received"], 1, 10);
    }

    [Fact]
    public async Task Awake_peer_is_not_woken()
    {
        await using var pair = Pair.Create();
        var before = Read();
        for (var i = 0; i < 10; i++)
        {
            await pair.Client.Output.SendPatternAsync(100, i);
            await pair.Server.Input.ReceivePatternAsync(100, i);
        }

        Assert.Equal(before["tachyon.wakeups.sent"], Read()["tachyon.wakeups.sent"]);
    }

    [Fact]
    public async Task Passes_of_the_poller_are_counted_in_the_adaptive_mode_only()
    {
        await using var parking = Pair.Create(TachyonWaitMode.Park);
        await Watchdog.Until(() => !Internal.Waiting.Reactors.IsPolling);
        var before = Read()["tachyon.polls"];
        await PingPongAsync(parking);
        Assert.Equal(before, Read()["tachyon.polls"]);

        await using var adaptive = Pair.Create(TachyonWaitMode.Adaptive);
        await Task.Run(async () =>
        {
            while (Read()["tachyon.polls"] == before)
            {
                await PingPongAsync(adaptive).ConfigureAwait(false);
            }
        }).Within("the first pass of the poller");
    }

    [Fact]
    public async Task Refusals_are_counted_by_reason()
    {
        await using var server = new TestListener();
        var before = _refused.GetValueOrDefault("not_a_tachyon_client");
        using var client = await RawSocket.ConnectAsync(server.EndPoint);
        await client.SendAsync("GET / HTTP/1.1\r\n\r\n"u8.ToArray());
        await server.FailureAsync();

        Assert.Equal(before + 1, _refused["not_a_tachyon_client"]);
    }

    private static async Task PingPongAsync(Pair pair)
    {
        for (var i = 0; i < 20; i++)
        {
            var receiving = pair.Server.Input.ReceivePatternAsync(100, i);
            await pair.Client.Output.SendPatternAsync(100, i).ConfigureAwait(false);
            await receiving.ConfigureAwait(false);
        }
    }

    private void Record(Instrument instrument, long value, ReadOnlySpan<KeyValuePair<string, object?>> tags)
    {
        lock (_values)
        {
            if (tags.Length > 0)
            {
                Assert.Equal("tachyon.reason", tags[0].Key);
                var reason = (string)tags[0].Value!;
                _refused[reason] = _refused.GetValueOrDefault(reason) + value;
            }
            else
            {
                _values[instrument.Name] = value;
            }
        }
    }

    private Dictionary<string, long> Read()
    {
        _listener.RecordObservableInstruments();
        return new Dictionary<string, long>(_values);
    }
}
