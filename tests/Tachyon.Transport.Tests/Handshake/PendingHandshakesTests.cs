using System.Net.Sockets;
using Tachyon.Transport.Internal.Handshake;

namespace Tachyon.Transport.Tests.Handshake;

/// <summary>Which handshake gives way to which, when the places are short. The users are none of this process.</summary>
public sealed class PendingHandshakesTests : IDisposable
{
    // One of them is kept for admitting; each user gets four.
    private const int Places = 16;
    private const uint First = 4_000_041;

    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
    private readonly PendingHandshakes _pending = new(Places);

    public void Dispose() => _socket.Dispose();

    [Fact]
    public void Silent_client_of_the_user_with_most_handshakes_gives_way_to_another_user()
    {
        var of1 = Fill(First, 4);
        var of2 = Fill(First + 1, 4);
        var of3 = Fill(First + 2, 4);
        var of4 = Fill(First + 3, 3);

        Assert.Null(_pending.TryAdd(Create(First + 4)));
        Assert.Null(_pending.TryAdd(Create(First + 4)));

        // The one that has been silent for longest of each, and of no user that has fewer than the others.
        PendingHandshake[] gaveWay = [.. of1.Concat(of2).Concat(of3).Concat(of4).Where(static handshake => handshake.IsCanceled)];
        Assert.Equal(2, gaveWay.Length);
        Assert.All(gaveWay, handshake => Assert.Contains(handshake, (PendingHandshake[])[of1[0], of2[0], of3[0]]));
    }

    [Fact]
    public void Users_with_as_many_handshakes_do_not_take_turns()
    {
        for (var user = First; user < First + 5; user++)
        {
            Fill(user, 3);
        }

        var refusal = _pending.TryAdd(Create(First));
        Assert.Contains("15 handshakes are under way", refusal, StringComparison.Ordinal);
    }

    [Fact]
    public void Client_that_has_sent_what_was_due_never_gives_way()
    {
        PendingHandshake[] all = [.. Fill(First, 4), .. Fill(First + 1, 4), .. Fill(First + 2, 4), .. Fill(First + 3, 3)];
        Array.ForEach(all, static handshake => handshake.OnReceived());

        Assert.NotNull(_pending.TryAdd(Create(First + 4)));
        Assert.DoesNotContain(all, static handshake => handshake.IsCanceled);
    }

    [Fact]
    public void User_beyond_its_quarter_is_refused()
    {
        Fill(First, 4);

        Assert.Contains($"User {First} has 4 handshakes under way", _pending.TryAdd(Create(First)), StringComparison.Ordinal);
        Assert.Null(_pending.TryAdd(Create(First + 1)));
    }

    private PendingHandshake[] Fill(uint user, int count)
    {
        PendingHandshake[] handshakes = [.. Enumerable.Range(0, count).Select(_ => Create(user))];
        Assert.All(handshakes, handshake => Assert.Null(_pending.TryAdd(handshake)));
        return handshakes;
    }

    private PendingHandshake Create(uint user)
    {
        // Never waits in the loop.
        var handshake = new PendingHandshake(_socket, new TachyonPeer(1, user, user), loop: null!, TimeSpan.FromHours(1));
        handshake.OnWaiting();
        return handshake;
    }
}
