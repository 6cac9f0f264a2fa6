using System.Diagnostics.Metrics;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Internal;

/// <summary>The meter "Tachyon.Grpc.Client". docs/metrics.md lists the instruments.</summary>
internal static class ClientMetrics
{
    private static readonly Meter s_meter = new("Tachyon.Grpc.Client");

    private static readonly Counter<long> s_fallbacks = s_meter.CreateCounter<long>(
        "tachyon.fallbacks", "{connection}", "Connections that a client made over the Unix socket because there was no shared memory, by reason.");

    /// <summary>After an attempt with shared memory.</summary>
    internal static void FellBack(TachyonConnectError error) => Count(ReasonName(error));

    /// <summary>Without an attempt.</summary>
    internal static void DidWithout() => Count(TachyonPlatform.IsSupported ? "turned_off" : "not_supported");

    private static void Count(string reason) => s_fallbacks.Add(1, new KeyValuePair<string, object?>("tachyon.reason", reason));

    private static string ReasonName(TachyonConnectError error) => error switch
    {
        TachyonConnectError.NotATachyonServer => "not_a_tachyon_server",
        TachyonConnectError.VersionMismatch => "version_mismatch",
        TachyonConnectError.NoSharedMemory => "no_shared_memory",
        TachyonConnectError.SharedMemoryOff => "turned_off_by_server",
        _ => "error",
    };
}
