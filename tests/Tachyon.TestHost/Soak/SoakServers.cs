using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Soak;

/// <summary>One of the server processes of the soak.</summary>
/// <param name="Transport">How it waits; also the name of its socket file.</param>
/// <param name="IsMortal">It is killed now and then: a call to it may end with Unavailable. At the others none may.</param>
/// <param name="Weight">How often it is chosen.</param>
public sealed record SoakServer(TransportKind Transport, bool IsMortal, int Weight)
{
    // One that spins uses a core for as long as a client is connected, so it is rare.
    public static IReadOnlyList<SoakServer> All { get; } =
    [
        new(TransportKind.Adaptive, IsMortal: false, 10),
        new(TransportKind.Park, IsMortal: true, 8),
        new(TransportKind.Spin, IsMortal: true, 1),
    ];

    public string PathIn(string directory) => Path.Combine(directory, Transport.ToString());
}
