using System.Collections.Concurrent;
using System.Text.Json;
using Tachyon.TestPeer;

namespace Tachyon.Transport.Tests.Support;

/// <summary>A client in a process of its own that connects when it is told to, with the smallest rings, and reports what came of
/// it.</summary>
public sealed class HandshakeClient : HandshakeChild
{
    private readonly ConcurrentDictionary<string, TaskCompletionSource<ConnectOutcome>> _attempts = new();

    public HandshakeClient()
        : this(TachyonWaitMode.Adaptive)
    {
    }

    internal HandshakeClient(TachyonWaitMode mode)
        : base("handshake-client", "", mode.ToString())
    {
    }

    /// <summary>One attempt at a time for each end point.</summary>
    internal Task<ConnectOutcome> ConnectAsync(TachyonEndPoint endPoint, TimeSpan? handshakeTimeout = null)
    {
        var attempt = new TaskCompletionSource<ConnectOutcome>(TaskCreationOptions.RunContinuationsAsynchronously);
        Assert.True(_attempts.TryAdd(endPoint.Path, attempt), $"An attempt at {endPoint} is under way.");
        Send($"connect {handshakeTimeout ?? Watchdog.Limit} {endPoint.Path}");
        return attempt.Task;
    }

    internal void CancelAll() => Send("cancel");

    private protected override void OnReport(string kind, string json)
    {
        var outcome = JsonSerializer.Deserialize<ConnectOutcome>(json)!;
        Assert.True(_attempts.TryRemove(outcome.Path, out var attempt));
        attempt.SetResult(outcome);
    }
}
