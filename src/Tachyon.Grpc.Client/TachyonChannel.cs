using Grpc.Net.Client;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client;

/// <summary>Makes gRPC channels to servers on this machine.</summary>
public static class TachyonChannel
{
    // Kestrel rejects an authority that looks like a path; it has no other meaning here.
    private const string Address = "http://localhost";

    /// <summary>A channel to the Tachyon server at <paramref name="path"/>. It connects with its first call.</summary>
    /// <param name="path">Path of the server's socket, or <c>@name</c> for the abstract namespace.</param>
    /// <param name="options">Options of the transport; null for the defaults.</param>
    /// <param name="channelOptions">Options of the channel; null for the defaults.</param>
    /// <exception cref="PlatformNotSupportedException">Not on 64-bit Linux.</exception>
    public static GrpcChannel ForAddress(string path, TachyonClientOptions? options = null, GrpcChannelOptions? channelOptions = null)
        => GrpcChannel.ForAddress(Address, (channelOptions ?? new GrpcChannelOptions()).UseTachyon(path, options));
}
