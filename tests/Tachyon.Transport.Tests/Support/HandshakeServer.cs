using System.Collections.Concurrent;
using System.Text.Json;
using Tachyon.TestPeer;

namespace Tachyon.Transport.Tests.Support;

/// <summary>An echo server in a process of its own that reports what came of each handshake.</summary>
public sealed class HandshakeServer : HandshakeChild
{
    private readonly TempDirectory _directory;

    public HandshakeServer()
        : this(TachyonWaitMode.Adaptive, "")
    {
    }

    internal HandshakeServer(TachyonWaitMode mode, TimeSpan handshakeTimeout)
        : this(mode, handshakeTimeout.ToString())
    {
    }

    private HandshakeServer(TachyonWaitMode mode, string handshakeTimeout)
        : this(new TempDirectory(), mode, handshakeTimeout)
    {
    }

    private HandshakeServer(TempDirectory directory, TachyonWaitMode mode, string handshakeTimeout)
        : base("handshake-server", directory.FilePath("s"), mode.ToString(), handshakeTimeout)
    {
        _directory = directory;
        EndPoint = new TachyonEndPoint(directory.FilePath("s"));
    }

    internal TachyonEndPoint EndPoint { get; }

    /// <summary>In their order, up to now, but for those that <see cref="FailureAsync"/> took.</summary>
    internal ConcurrentQueue<RefusedClient> Refused { get; } = new();

    /// <summary>Up to now, but for those that <see cref="AcceptedAsync"/> took.</summary>
    internal ConcurrentQueue<ServedConnection> Accepted { get; } = new();

    /// <summary>How accepted connections ended: "in order", or the type of the exception.</summary>
    internal ConcurrentQueue<string> Ended { get; } = new();

    public override async Task DisposeAsync()
    {
        await base.DisposeAsync();
        _directory.Dispose();
    }

    internal Task<RefusedClient> FailureAsync() => NextAsync(Refused, "a refusal");

    internal Task<ServedConnection> AcceptedAsync() => NextAsync(Accepted, "an accepted client");

    internal Task<string> EndedAsync() => NextAsync(Ended, "the end of an accepted connection");

    private protected override void OnReport(string kind, string json)
    {
        switch (kind)
        {
            case "accepted":
                Accepted.Enqueue(JsonSerializer.Deserialize<ServedConnection>(json)!);
                break;
            case "refused":
                Refused.Enqueue(JsonSerializer.Deserialize<RefusedClient>(json)!);
                break;
            default:
                Ended.Enqueue(JsonSerializer.Deserialize<string>(json)!);
                break;
        }
    }
}
