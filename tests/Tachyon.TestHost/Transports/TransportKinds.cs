using Tachyon.Transport;

namespace Tachyon.TestHost.Transports;

/// <summary>Facts about a <see cref="TransportKind"/> that tests ask for.</summary>
public static class TransportKinds
{
    /// <summary>
    /// Whether both ends use shared memory. None does where the operator's switch or a simulated system turns it off for the whole run.
    /// </summary>
    public static bool UsesSharedMemory(this TransportKind kind)
        => kind is TransportKind.Adaptive or TransportKind.Park or TransportKind.Spin or TransportKind.Direct
            && TachyonPlatform.FindServerObstacle() is null;
}
