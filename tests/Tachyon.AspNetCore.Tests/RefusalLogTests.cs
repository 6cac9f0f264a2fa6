using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore.Internal;
using Tachyon.TestHost.Fixtures;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>What an operator reads about clients that were refused.</summary>
public sealed class RefusalLogTests : IDisposable
{
    private const uint UserId = 4711;

    private readonly CapturedLogs _logs = new();

    public void Dispose() => _logs.Dispose();

    [Theory]
    [InlineData(TachyonHandshakeFailureReason.UserNotAllowed, "alice", "'alice' (uid 4711)")]
    [InlineData(TachyonHandshakeFailureReason.LimitReached, "alice", "'alice' (uid 4711)")]
    [InlineData(TachyonHandshakeFailureReason.Error, "alice", "'alice' (uid 4711)")]
    [InlineData(TachyonHandshakeFailureReason.UserNotAllowed, null, "4711")]
    [InlineData(TachyonHandshakeFailureReason.UserNotAllowed, "evil\nname", "4711")]
    public async Task User_is_named_whatever_the_reason(TachyonHandshakeFailureReason reason, string? name, string shown)
    {
        var log = Create(id => id == UserId ? name : throw new InvalidOperationException($"asked for {id}"));

        log.Refused(Failure(reason));

        await Watchdog.Until(() => _logs.Entries.Any(), "the log");
        var entry = Assert.Single(_logs.Entries);
        Assert.Equal(104, entry.Event.Id);
        Assert.Equal(LogLevel.Warning, entry.Level);
        Assert.Equal($"Refused a client of user {shown} ({reason}): Because. (0 similar events suppressed)", entry.Message);
    }

    [Fact]
    public async Task Directory_server_that_fails_leaves_the_number()
    {
        Create(static _ => throw new IOException("no answer")).Refused(Failure(TachyonHandshakeFailureReason.UserNotAllowed));

        await Watchdog.Until(() => _logs.Entries.Any(), "the log");
        Assert.StartsWith("Refused a client of user 4711 (", Assert.Single(_logs.Entries).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Directory_server_that_hangs_holds_up_no_handshake()
    {
        using var answer = new ManualResetEventSlim();
        var log = Create(_ =>
        {
            answer.Wait();
            return "alice";
        });

        // Returns at once, and the warning comes without the name.
        log.Refused(Failure(TachyonHandshakeFailureReason.UserNotAllowed));

        await Watchdog.Until(() => _logs.Entries.Any(), "the log");
        Assert.Equal("Refused a client of user 4711 (UserNotAllowed): Because. (0 similar events suppressed)", Assert.Single(_logs.Entries).Message);
        answer.Set();
    }

    [Fact]
    public async Task Client_of_an_unknown_user_gets_an_error()
    {
        Create(static _ => null).Refused(new TachyonHandshakeFailure(TachyonHandshakeFailureReason.Error, "Because.", null, null));

        await Watchdog.Until(() => _logs.Entries.Any(), "the log");
        Assert.StartsWith("Refused a client of user (unknown) (Error)", Assert.Single(_logs.Entries).Message, StringComparison.Ordinal);
    }

    private RefusalLog Create(Func<uint, string?> findUserName) => new(_logs.CreateLogger("test"), TimeProvider.System, findUserName);

    private static TachyonHandshakeFailure Failure(TachyonHandshakeFailureReason reason)
        => new(reason, "Because.", new TachyonPeer(42, UserId, 1000), null);
}
