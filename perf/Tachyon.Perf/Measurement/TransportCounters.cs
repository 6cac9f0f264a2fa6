using System.Diagnostics.Metrics;

namespace Tachyon.Perf.Measurement;

/// <summary>The transport's own counters in this process, from its meter (docs/metrics.md).</summary>
internal static class TransportCounters
{
    private static readonly MeterListener s_listener = Listen();

    internal static long DoorbellsRung { get; private set; }

    internal static long DoorbellsReceived { get; private set; }

    internal static long Parks { get; private set; }

    internal static long Polls { get; private set; }

    internal static void Read() => s_listener.RecordObservableInstruments();

    private static MeterListener Listen()
    {
        var listener = new MeterListener
        {
            InstrumentPublished = static (instrument, listener) =>
            {
                if (instrument.Meter.Name == "Tachyon.Transport" && instrument.IsObservable)
                {
                    listener.EnableMeasurementEvents(instrument);
                }
            },
        };
        listener.SetMeasurementEventCallback<long>(static (instrument, value, _, _) => Take(instrument.Name, value));
        listener.Start();
        return listener;
    }

    private static void Take(string name, long value)
    {
        switch (name)
        {
            case "tachyon.wakeups.sent":
                DoorbellsRung = value;
                break;
            case "tachyon.wakeups.received":
                DoorbellsReceived = value;
                break;
            case "tachyon.parks":
                Parks = value;
                break;
            case "tachyon.polls":
                Polls = value;
                break;
            default:
                break;
        }
    }
}
