using Tachyon.Transport;

namespace Tachyon.Grpc.Client;

/// <summary>What a channel, or an HTTP handler, can choose about its connections.</summary>
/// <remarks>Not thread-safe. Read when a connection is made; changes do not affect live ones.</remarks>
public sealed class TachyonChannelOptions : TachyonClientOptions
{
    /// <summary>
    /// Whether to use shared memory. Default <see cref="TachyonSharedMemory.Prefer"/>: where there is a server but no shared memory,
    /// continue over its socket.
    /// </summary>
    public TachyonSharedMemory SharedMemory { get; set; }

    /// <summary>What the channel speaks over shared memory. Default <see cref="TachyonProtocol.Http2"/>.</summary>
    public TachyonProtocol Protocol { get; set; }
}
