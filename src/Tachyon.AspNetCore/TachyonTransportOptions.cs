using Tachyon.Transport;

namespace Tachyon.AspNetCore;

/// <summary>What the operator of a Kestrel server with Tachyon endpoints can choose. Bound to the configuration section
/// <c>Tachyon</c>.</summary>
/// <remarks>Not thread-safe. Read when the server starts.</remarks>
public sealed class TachyonTransportOptions : TachyonServerOptions
{
    /// <summary>
    /// Whether clients get shared memory. Default <see cref="TachyonServerSharedMemory.Prefer"/>: where it is possible. Without it the
    /// endpoints serve plain socket clients, also where <see cref="AcceptSocketClients"/> is false; users and limits are checked as before.
    /// </summary>
    public TachyonServerSharedMemory SharedMemory { get; set; }

    /// <summary>
    /// Whether an endpoint also serves clients that do not speak the Tachyon handshake but HTTP/2, HTTP/1.1 or TLS, over the same socket
    /// path, as plain Unix-socket connections of Kestrel. Which of these protocols is the endpoint's choice, as always. The rules on users
    /// and the limits on connections hold for them too. Default true.
    /// </summary>
    public bool AcceptSocketClients { get; set; } = true;

    /// <summary>
    /// Whether all Unix-socket endpoints of Kestrel (<c>ListenUnixSocket</c>, <c>http://unix:/run/app.sock</c>) become Tachyon endpoints,
    /// with no other change. Default false. One endpoint alone is chosen by <c>http://unix:/run/app.sock?tachyon</c>.
    /// </summary>
    public bool ReplaceUnixSockets { get; set; }

    /// <summary>
    /// Whether clients may speak direct mode: requests in frames of their own instead of HTTP/2, to the same services. Only on endpoints of
    /// <c>ListenTachyon</c> that serve HTTP/2 without TLS. Default false. Where a <c>WebApplicationBuilder</c> gets
    /// Kestrel by a call of its own (<c>UseKestrel</c> after <c>CreateEmptyBuilder</c>), call <c>UseTachyon</c> after it; a warning at the
    /// start says so.
    /// </summary>
    public bool AllowDirect { get; set; }
}
