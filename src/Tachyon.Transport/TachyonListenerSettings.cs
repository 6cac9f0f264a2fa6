namespace Tachyon.Transport;

/// <summary>
/// What the code around a <see cref="TachyonListener"/> decides, such as a server framework. What operators decide is in
/// <see cref="TachyonServerOptions"/>.
/// </summary>
public sealed class TachyonListenerSettings
{
    /// <summary>Called for each client that was refused, from any thread. Must be quick; exceptions that it throws are ignored. Default
    /// null.</summary>
    public Action<TachyonHandshakeFailure>? HandshakeFailed { get; init; }

    /// <summary>
    /// Called when a capture of the traffic begins and when it ends, from any thread: one that was asked for over this listener's socket,
    /// and one of the environment variable <c>TACHYON_CAPTURE</c>, which may have begun before. Must be quick; exceptions that it throws
    /// are ignored. Default null.
    /// </summary>
    public Action<TachyonCaptureStatus>? CaptureChanged { get; init; }

    /// <summary>
    /// Whether clients that speak another protocol come out of <see cref="TachyonListener.AcceptClientAsync"/> with their socket. Default
    /// false: they are refused.
    /// </summary>
    public bool AcceptSocketClients { get; init; }

    /// <summary>
    /// Why the listener grants no shared memory, as the end of a sentence; its clients can go on over the socket. Default null: it grants
    /// it, unless <see cref="TachyonPlatform.FindServerObstacle"/> finds a reason.
    /// </summary>
    public string? SharedMemoryOff { get; init; }

    /// <summary>
    /// Bits that the protocol on top of the connections defines, and that the server allows. A connection has those that its client offers
    /// as well (<see cref="TachyonConnection.ApplicationFeatures"/>). Default 0.
    /// </summary>
    public uint ApplicationFeatures { get; init; }
}
