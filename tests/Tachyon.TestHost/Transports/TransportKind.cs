namespace Tachyon.TestHost.Transports;

/// <summary>What a test runs over.</summary>
public enum TransportKind
{
    /// <summary>Kestrel's own Unix socket and a plain socket in the client: the reference that proves the test right.</summary>
    UnixSocket,

    /// <summary>Shared memory; both ends poll while there is traffic and park when there is none.</summary>
    Adaptive,

    /// <summary>Shared memory; both ends park whenever nothing is there.</summary>
    Park,

    /// <summary>Shared memory; both ends keep polling.</summary>
    Spin,
}
