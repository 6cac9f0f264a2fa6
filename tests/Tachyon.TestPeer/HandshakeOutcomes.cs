using Tachyon.Transport;

namespace Tachyon.TestPeer;

/// <summary>A connection that the role "handshake-server" accepted.</summary>
public sealed record ServedConnection(int ReceiveRingSize, int SendRingSize);

/// <summary>A client that the role "handshake-server" refused.</summary>
/// <param name="Reason">Why.</param>
/// <param name="Message">The same in words.</param>
/// <param name="ProcessId">Of the client, where it is known.</param>
/// <param name="Cause">The kind of the exception, if there was one.</param>
public sealed record RefusedClient(TachyonHandshakeFailureReason Reason, string Message, int? ProcessId, string? Cause);

/// <summary>What came of an attempt of the role "handshake-client" to connect.</summary>
/// <param name="Path">Where to.</param>
/// <param name="Result">"Connected", the <see cref="TachyonConnectError"/>, or the type of another exception.</param>
/// <param name="Message">Of the exception.</param>
/// <param name="Cause">The kind of the inner exception, if there is one.</param>
/// <param name="ServerProcessId">Of the server, where there is a connection.</param>
public sealed record ConnectOutcome(string Path, string Result, string Message, string? Cause, int? ServerProcessId)
{
    /// <summary>The result of an attempt that worked.</summary>
    public const string Connected = "Connected";
}
