using System.Diagnostics.Metrics;
using Tachyon.Tool.Proxy;
using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Operation;

/// <summary>The meter "Tachyon.Proxy", heard as tools hear it; for that the proxy runs in this process.</summary>
[Trait("Category", "Long")]
public sealed class ProxyMetricsTests
{
    [Fact]
    public async Task Meter_counts_connections_and_bytes()
    {
        using var directory = new TempDirectory();
        await using var server = WireServer.Listen("tachyon", directory);
        var listen = $"unix://{directory.NewSocketPath()}";
        var settings = new ProxySettings(ProxyAddress.Parse(listen), ProxyAddress.Parse(server.Address))
        {
            MaxConnections = 1,
            ConnectTimeout = TimeSpan.FromSeconds(5),
            DrainTimeout = TimeSpan.FromSeconds(5),
            StatisticsInterval = TimeSpan.Zero,
        };
        using var totals = new ProxyTotals();
        using var meter = new Instruments();
        using var proxy = new ProxyServer(settings, totals, new ProxyLog(TextWriter.Null));
        using var stop = new CancellationTokenSource();
        var running = proxy.RunAsync(stop.Token, CancellationToken.None);

        var accepting = server.AcceptAsync();
        await using (var client = await Wire.ConnectAsync(listen))
        await using (var target = await accepting)
        {
            await client.SendAsync(new byte[1000]);
            Assert.Equal(1000, (await target.ReceiveAsync()).Length);
            Assert.Equal(1, meter["tachyon.proxy.connections"]);
            await using (var refused = await Wire.ConnectAsync(listen))
            {
                await Watchdog.Until(() => meter["tachyon.proxy.refused"] == 1, "the refusal of a client beyond the limit");
            }

            await target.SendAsync(new byte[300]);
            Assert.Equal(300, (await client.ReceiveAsync()).Length);
        }

        await Watchdog.Until(() => meter["tachyon.proxy.connections"] == 0, "the end of the connection");
        await server.DisposeAsync();
        await using (var failed = await Wire.ConnectAsync(listen))
        {
            await Watchdog.Until(() => meter["tachyon.proxy.connects.failed"] == 1, "a connect that fails");
        }

        await stop.CancelAsync();
        await running.Within();
        Assert.Equal(2, meter["tachyon.proxy.accepted"]);
        Assert.Equal(1000, meter["tachyon.proxy.bytes to_target"]);
        Assert.Equal(300, meter["tachyon.proxy.bytes to_clients"]);

        var document = File.ReadAllText(Repository.FilePath("docs", "metrics.md"));
        Assert.All(meter.Names, name => Assert.Contains($"`{name}`", document, StringComparison.Ordinal));
    }

    /// <summary>All instruments of the meter, by name and direction.</summary>
    private sealed class Instruments : IDisposable
    {
        private readonly MeterListener _listener = new();
        private readonly Dictionary<string, long> _values = [];

        internal Instruments()
        {
            _listener.InstrumentPublished = (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Tachyon.Proxy")
                {
                    listener.EnableMeasurementEvents(instrument);
                    Names.Add(instrument.Name);
                }
            };
            _listener.SetMeasurementEventCallback<long>((instrument, value, tags, _) =>
                _values[tags.Length > 0 ? $"{instrument.Name} {tags[0].Value}" : instrument.Name] = value);
            _listener.Start();
        }

        internal HashSet<string> Names { get; } = [];

        internal long this[string name]
        {
            get
            {
                _listener.RecordObservableInstruments();
                return _values[name];
            }
        }

        public void Dispose() => _listener.Dispose();
    }
}
