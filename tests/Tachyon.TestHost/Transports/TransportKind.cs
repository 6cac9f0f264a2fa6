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

    /// <summary>Shared memory and direct mode, in the mode of <see cref="Adaptive"/>.</summary>
    Direct,

    /// <summary>As <see cref="Direct"/>; unary calls are no HTTP requests (TachyonChannel.CreateCallInvoker).</summary>
    Invoker,

    /// <summary>An ordinary client, over a plain socket, of a Tachyon endpoint.</summary>
    SocketClient,

    /// <summary>The product with shared memory turned off at both ends: what a laptop and an operator's switch make of it.</summary>
    SharedMemoryOff,

    /// <summary>A Tachyon client of a server whose shared memory is turned off.</summary>
    SharedMemoryOffAtServer,

    /// <summary>A Tachyon client of Kestrel's own Unix socket: it falls back.</summary>
    SocketOnlyServer,
}
