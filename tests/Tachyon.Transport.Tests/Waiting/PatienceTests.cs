using System.Diagnostics;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Waiting;

/// <summary>How long the poller looks before it yields follows the gaps between messages.</summary>
public sealed class PatienceTests
{
    private static readonly long s_microsecond = Stopwatch.Frequency / 1_000_000;

    private Patience _patience = new();
    private long _now;

    [Fact]
    public void Starts_as_for_small_calls() => Assert.Equal(Patience.Usual, _patience.Looks);

    [Theory]
    [InlineData(3, Patience.Usual)]
    [InlineData(14, Patience.Usual)]
    [InlineData(35, Patience.Usual)]
    [InlineData(64, 160)]
    [InlineData(100, Patience.Long)]
    [InlineData(500, Patience.Short)]
    public void Follows_the_usual_gap(int microseconds, int looks)
    {
        Receive(times: 1_000, microseconds);

        Assert.InRange(_patience.Looks, looks - 8, looks + 8);
    }

    [Fact]
    public void A_stall_now_and_then_changes_nothing()
    {
        Receive(times: 1_000, microseconds: 14);
        for (var stall = 0; stall < 10; stall++)
        {
            Receive(times: 1, microseconds: 5_000);
            Receive(times: 20, microseconds: 14);
        }

        Assert.Equal(Patience.Usual, _patience.Looks);
    }

    [Fact]
    public void Comes_back_when_messages_do()
    {
        Receive(times: 1_000, microseconds: 150);
        Assert.Equal(Patience.Short, _patience.Looks);

        Receive(times: 1_000, microseconds: 14);

        Assert.Equal(Patience.Usual, _patience.Looks);
    }

    [Fact]
    public void A_long_rest_is_forgotten_at_once()
    {
        Receive(times: 1_000, microseconds: 14);
        Receive(times: 1, microseconds: 60_000_000);

        Assert.Equal(Patience.Usual, _patience.Looks);
    }

    private void Receive(int times, int microseconds)
    {
        for (var index = 0; index < times; index++)
        {
            _now += microseconds * s_microsecond;
            _patience.OnMessage(_now);
        }
    }
}
