using System.Diagnostics.Metrics;
using Tachyon.Frames;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Direct;

/// <summary>The meter "Tachyon.AspNetCore" counts clients that broke the protocol.</summary>
[Collection(Serial.Name)]
public sealed class ViolationMetricTests
{
    [Fact]
    public async Task Connection_of_a_client_that_breaks_the_protocol_is_counted()
    {
        var violations = 0L;
        using var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument is { Name: "tachyon.violations", Meter.Name: "Tachyon.AspNetCore" })
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Interlocked.Add(ref violations, value));
        listener.Start();
        await using var server = await TestServer.StartAsync(TransportKind.Direct);
        await using var client = await RawDirectClient.ConnectAsync(server.Path);

        await client.SendAsync([.. RawDirectClient.Frame((FrameType)99, 0, flags: FrameFlags.Critical)]);

        var (_, text) = await client.ReceiveGoAwayAsync();
        Assert.Equal("a client sends a frame of type 99", text);
        await Watchdog.Until(() => Volatile.Read(ref violations) == 1, "the count");
    }
}
