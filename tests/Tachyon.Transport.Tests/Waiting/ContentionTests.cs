using System.Diagnostics;
using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Waiting;

public sealed class ContentionTests
{
    private readonly Contention _contention = new();
    private double _milliseconds = 1_000;

    [Fact]
    public void Interruptions_that_take_most_of_the_time_are_contention()
    {
        for (var pass = 0; pass < 3; pass++)
        {
            Pass(4);
            Assert.False(IsOn());
        }

        Pass(4);
        Assert.True(IsOn());
    }

    [Fact]
    public void Single_interruptions_and_short_passes_are_not()
    {
        for (var second = 0; second < 100; second++)
        {
            Pass(4);
            for (var pass = 0; pass < 100; pass++)
            {
                Pass(0.4);
            }

            Assert.False(IsOn());
            _milliseconds += 960;
        }
    }

    [Fact]
    public void It_is_over_after_a_while_which_doubles_when_it_comes_back_soon()
    {
        var first = MeasureLength();
        var second = MeasureLength();
        var third = MeasureLength();
        Assert.Equal(2 * first, second, tolerance: 1);
        Assert.Equal(2 * second, third, tolerance: 1);
        for (var again = 0; again < 10; again++)
        {
            Assert.InRange(MeasureLength(), third, 5_001);
        }

        _milliseconds += 60_000;
        Assert.Equal(first, MeasureLength(), tolerance: 1);
    }

    private double MeasureLength()
    {
        for (var pass = 0; pass < 4; pass++)
        {
            Pass(4);
        }

        Assert.True(IsOn());
        var start = _milliseconds;
        while (IsOn())
        {
            _milliseconds++;
        }

        return _milliseconds - start;
    }

    private void Pass(double milliseconds)
    {
        _milliseconds += milliseconds;
        _contention.OnIdlePass(Ticks(_milliseconds), Ticks(milliseconds));
    }

    private bool IsOn() => _contention.IsOn(Ticks(_milliseconds));

    private static long Ticks(double milliseconds) => (long)(milliseconds * Stopwatch.Frequency / 1_000);
}
