using Tachyon.Transport.Internal.Connection;
using Tachyon.Transport.Internal.Ring;

namespace Tachyon.Transport.Internal.Capture;

/// <summary>One connection as a TCP conversation: its addresses, and how far the capture has come in each direction.</summary>
internal sealed class CapturedConnection
{
    // Wireshark chooses dissectors by the port of the server. On this one it recognizes HTTP/2 by its first bytes, and HTTP/1.1.
    private const ushort PortOfHttp = 8080;

    // And here nothing but frames of direct mode, for the dissector of tools/wireshark.
    private const ushort PortOfApplication = 51_051;

    // Ports of clients that no dissector has. Together with the address, each connection of a capture has its own.
    private const int FirstClientPort = 52_101;
    private const int ClientPorts = 13_000;

    // 127.0.0.1 and 127.0.1.1.
    private const uint FirstClientAddress = 0x7F00_0001;
    private const uint FirstServerAddress = 0x7F00_0101;

    /// <param name="queue">Gets the bytes.</param>
    /// <param name="connection">The connection.</param>
    /// <param name="number">Of the connection in the capture, from 0: makes the client's address unique.</param>
    /// <param name="pathNumber">Of the path in the capture, from 0.</param>
    internal CapturedConnection(CaptureQueue queue, ConnectionCore connection, int number, int pathNumber)
    {
        var facts = connection.Facts!;
        ServerAddress = FirstServerAddress + (uint)pathNumber;
        ServerPort = facts.ApplicationFeatures == 0 ? PortOfHttp : PortOfApplication;
        ClientPort = (ushort)(FirstClientPort + (number % ClientPorts));
        ClientAddress = FirstClientAddress + (uint)(number / ClientPorts);
        IsServer = connection.IsServer;
        var sent = new CapturedDirection(queue, this, isToServer: !IsServer, connection.Producer.BytesProduced);
        var received = new CapturedDirection(queue, this, isToServer: IsServer, connection.Consumer.BytesConsumed);
        (ToServer, ToClient) = IsServer ? (received, sent) : (sent, received);
        Sent = sent;
        Received = received;
        Comment = Describe(facts);
    }

    internal uint ClientAddress { get; }

    /// <summary>One for each path.</summary>
    internal uint ServerAddress { get; }

    internal ushort ServerPort { get; }

    internal ushort ClientPort { get; }

    /// <summary>Whether the captured process is the server.</summary>
    internal bool IsServer { get; }

    internal CapturedDirection ToServer { get; }

    internal CapturedDirection ToClient { get; }

    internal RingTap Sent { get; }

    internal RingTap Received { get; }

    /// <summary>For the first packet.</summary>
    internal string Comment { get; }

    private string Describe(ConnectionFacts facts)
    {
        var own = $"process {Environment.ProcessId} (uid {Interop.Libc.GetEffectiveUserId()}), captured here";
        var peer = $"process {facts.PeerProcessId} (uid {facts.PeerUserId})";
        var (server, client) = IsServer ? (own, peer) : (peer, own);
        var address = new TachyonAddress(IsSharedMemory: true, facts.Path).ToString();
        var protocol = facts.ApplicationFeatures == 0 ? "" : $" Application features 0x{facts.ApplicationFeatures:x}: direct mode is bit 0.";
        var before = ToServer.Next + ToClient.Next == 0 ? "" :
            $" The capture began when {ToServer.Next} bytes to the server and {ToClient.Next} to the client had passed.";
        return $"{address}: server {server}; client {client}.{protocol}{before}";
    }
}

/// <summary>One direction of a captured connection.</summary>
internal sealed class CapturedDirection(CaptureQueue queue, CapturedConnection connection, bool isToServer, long start) : RingTap
{
    private int _hasEnded;

    internal CapturedConnection Connection => connection;

    internal bool IsToServer => isToServer;

    internal CapturedDirection Opposite => isToServer ? connection.ToClient : connection.ToServer;

    /// <summary>Position of the first byte that was not written to the capture. The writer of the capture only.</summary>
    internal long Next { get; set; } = start;

    /// <summary>FIN was written, which counts in the sequence numbers as a byte. The writer of the capture only.</summary>
    internal bool IsFinished { get; set; }

    internal override void OnBytes(long position, ReadOnlySpan<byte> bytes) => queue.Add(this, position, bytes);

    internal override void OnEnded(long position, bool isFinished)
    {
        if (Interlocked.Exchange(ref _hasEnded, 1) == 0)
        {
            queue.Add(this, isFinished ? CapturedKind.Finish : CapturedKind.Reset, position);
        }
    }
}
