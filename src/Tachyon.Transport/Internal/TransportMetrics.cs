using System.Diagnostics.Metrics;
using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Internal;

/// <summary>The meter "Tachyon.Transport". docs/metrics.md lists the instruments.</summary>
internal static class TransportMetrics
{
    internal const string MeterName = "Tachyon.Transport";

    private static readonly Meter s_meter = CreateMeter();

    private static readonly Counter<long> s_handshakesRefused = s_meter.CreateCounter<long>(
        "tachyon.handshakes.refused", "{handshake}", "Handshakes that this process refused or gave up as a server, by reason.");

    internal static void HandshakeRefused(TachyonHandshakeFailureReason reason)
        => s_handshakesRefused.Add(1, new KeyValuePair<string, object?>("tachyon.reason", ReasonName(reason)));

    /// <summary>Makes the instruments visible to listeners. Called when the first connection end or listener is made.</summary>
    internal static void EnsureCreated() => _ = s_meter;

    private static string ReasonName(TachyonHandshakeFailureReason reason) => reason switch
    {
        TachyonHandshakeFailureReason.NotATachyonClient => "not_a_tachyon_client",
        TachyonHandshakeFailureReason.VersionMismatch => "version_mismatch",
        TachyonHandshakeFailureReason.UserNotAllowed => "user_not_allowed",
        TachyonHandshakeFailureReason.Timeout => "timeout",
        TachyonHandshakeFailureReason.ClientGone => "client_gone",
        TachyonHandshakeFailureReason.RefusedByClient => "refused_by_client",
        TachyonHandshakeFailureReason.LimitReached => "limit_reached",
        TachyonHandshakeFailureReason.Malformed => "malformed",
        TachyonHandshakeFailureReason.Stopping => "stopping",
        TachyonHandshakeFailureReason.SharedMemoryOff => "shared_memory_off",
        _ => "error",
    };

    private static Meter CreateMeter()
    {
        var meter = new Meter(MeterName);
        meter.CreateObservableUpDownCounter(
            "tachyon.connections", static () => ConnectionRegistry.Sum().Connections, "{connection}", "Open connections.");
        meter.CreateObservableCounter(
            "tachyon.bytes.sent", static () => ConnectionRegistry.Sum().BytesSent, "By", "Bytes published into rings.");
        meter.CreateObservableCounter(
            "tachyon.bytes.received", static () => ConnectionRegistry.Sum().BytesReceived, "By", "Bytes consumed from rings.");
        meter.CreateObservableCounter(
            "tachyon.parks", static () => ConnectionRegistry.Sum().Parks, "{park}", "Waits that began while no thread polled: the peer must ring.");
        meter.CreateObservableCounter(
            "tachyon.wakeups.sent", static () => ConnectionRegistry.Sum().WakeUpsSent, "{wakeup}", "Doorbells rung: one system call each.");
        meter.CreateObservableCounter(
            "tachyon.wakeups.received", static () => ConnectionRegistry.Sum().WakeUpsReceived, "{wakeup}", "Doorbells received.");
        meter.CreateObservableCounter(
            "tachyon.polls", static () => Reactors.Passes, "{pass}", "Passes of the pollers over the active connections.");
        return meter;
    }
}
