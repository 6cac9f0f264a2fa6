using System.IO.Pipelines;
using Tachyon.Interleaving.Exploring;
using Tachyon.Interleaving.Links;
using Tachyon.Transport.Internal.Pipelines;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>A wait that is woken and canceled at the same moment.</summary>
public sealed class CancelTests
{
    [Fact]
    public void A_read_that_is_woken_and_canceled_ends_once_and_loses_nothing()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var canceled = 0;
                run.Async("reader", async () => canceled = await reader.ReceiveAsync(10));
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("canceller", reader.CancelPendingRead);
                run.Check(() => Assert.Equal(1, canceled + LeftOver(reader)));
            },
            preemptions: 1);

    [Fact]
    public void A_token_ends_its_read_or_comes_too_late_and_never_hits_another()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var source = new CancellationTokenSource();
                run.Async("reader", async () =>
                {
                    var count = await ReadWithTokenAsync(reader, source.Token);
                    Assert.Equal(0, await reader.ReceiveAsync(10 - Math.Max(0, count), Math.Max(0, count)));
                });
                run.Thread("peer", () => link.Peer.Send(10));
                run.Thread("canceller", () => run.Cancel(source));
                run.Check(() => Assert.Equal(0, LeftOver(reader)));
            },
            preemptions: 1);

    /// <summary>As with Pipe, one end of a read answers all cancellations that came while it was pending; a later one ends the next
    /// read.</summary>
    [Fact]
    public void A_token_does_not_swallow_a_cancellation_that_comes_later()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                var source = new CancellationTokenSource();
                var first = 0;
                var canceledLater = 0;
                var firstIsOver = false;
                var cameLater = false;
                run.Async("reader", async () =>
                {
                    first = await ReadWithTokenAsync(reader, source.Token);
                    firstIsOver = true;
                });
                run.Thread("token", () => run.Cancel(source));
                run.Thread("peer and canceller", () =>
                {
                    link.Peer.Send(10);
                    cameLater = firstIsOver;
                    reader.CancelPendingRead();
                });
                run.Check(() =>
                {
                    canceledLater = LeftOver(reader);

                    // Data: the cancellation is still due. Canceled by it: it is not. By the token: it is due if it came after that.
                    var expected = first > 0 || cameLater ? 1 : 0;
                    Assert.True(
                        canceledLater == expected || (first == TokenCanceled && canceledLater <= 1),
                        $"first read {first}, later cancellations {canceledLater}, came later {cameLater}");
                });
            },
            preemptions: 1);

    [Fact]
    public void Data_with_a_cancelled_read_beside_it_stays()
        => ExploreAll.Schedule(
            run =>
            {
                var link = Link.Create(run);
                var reader = link.Reader();
                run.Thread("canceller", () =>
                {
                    reader.CancelPendingRead();
                    reader.CancelPendingRead();
                });
                run.Thread("peer", () => link.Peer.Send(10));
                run.Async("reader", async () =>
                {
                    var canceled = await reader.ReceiveAsync(10);
                    Assert.InRange(canceled, 0, 2);
                });
            },
            preemptions: 1);

    /// <summary>D: data comes. C: CancelPendingRead. T: the token. All while a read with that token is pending.</summary>
    [Theory]
    [InlineData("C")]
    [InlineData("T")]
    [InlineData("CT")]
    [InlineData("TC")]
    [InlineData("DC")]
    [InlineData("CD")]
    [InlineData("DT")]
    [InlineData("TD")]
    [InlineData("DCT")]
    [InlineData("DTC")]
    [InlineData("CDT")]
    [InlineData("CTD")]
    [InlineData("TCD")]
    [InlineData("TDC")]
    public void Cancellations_of_one_read_end_it_as_they_end_a_read_of_Pipe(string events)
        => Explorer.Explore(
            run =>
            {
                var link = Link.Create(run);
                run.Async("user", async () =>
                {
                    var pipe = new Pipe(new PipeOptions(readerScheduler: PipeScheduler.Inline, useSynchronizationContext: false));
                    var expected = await OutcomeAsync(run, pipe.Reader, events, () =>
                    {
                        pipe.Writer.Advance(pipe.Writer.GetSpan(10).Length > 0 ? 10 : 0);
                        _ = pipe.Writer.FlushAsync().AsTask();
                    });
                    Assert.Equal(expected, await OutcomeAsync(run, link.Reader(), events, () => link.Peer.Send(10)));
                });
            },
            preemptions: 0);

    private static async Task<string> OutcomeAsync(Execution run, PipeReader reader, string events, Action send)
    {
        using var source = new CancellationTokenSource();
        var reading = reader.ReadAsync(source.Token);
        foreach (var one in events)
        {
            switch (one)
            {
                case 'D':
                    send();
                    break;
                case 'C':
                    reader.CancelPendingRead();
                    break;
                default:
                    run.Cancel(source);
                    break;
            }
        }

        string outcome;
        try
        {
            var read = await reading;
            outcome = read.IsCanceled ? "canceled" : $"{read.Buffer.Length} bytes";
            reader.AdvanceTo(read.Buffer.Start);
        }
        catch (OperationCanceledException)
        {
            outcome = "token";
        }

        while (reader.TryRead(out var left))
        {
            outcome += left.IsCanceled ? ", canceled" : $", {left.Buffer.Length} bytes";
            reader.AdvanceTo(left.Buffer.End);
        }

        return outcome;
    }

    private const int TokenCanceled = -1;
    private const int Canceled = 0;

    /// <returns>Bytes read, or how it was canceled.</returns>
    private static async Task<int> ReadWithTokenAsync(RingPipeReader reader, CancellationToken token)
    {
        try
        {
            var read = await reader.ReadAsync(token);
            var count = (int)read.Buffer.Length;
            BytePattern.Check(read.Buffer, 0);
            Assert.True(read.IsCanceled || count > 0, "a read ended with nothing");
            reader.AdvanceTo(read.IsCanceled ? read.Buffer.Start : read.Buffer.End);
            return read.IsCanceled ? Canceled : count;
        }
        catch (OperationCanceledException)
        {
            return TokenCanceled;
        }
    }

    /// <summary>Cancellations that no read has taken.</summary>
    private static int LeftOver(RingPipeReader reader)
    {
        var count = 0;
        while (reader.TryRead(out var read))
        {
            count += read.IsCanceled ? 1 : 0;
            reader.AdvanceTo(read.Buffer.End);
        }

        return count;
    }
}
