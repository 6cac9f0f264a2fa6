using System.Diagnostics;
using HdrHistogram;
using Tachyon.Measuring;
using Tachyon.Transport;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>The times of the round trips that were made.</summary>
internal sealed class RoundTrips
{
    private readonly LongHistogram _ticks = TickHistogram.Create();

    internal long Count => _ticks.TotalCount;

    /// <summary>Until the count is reached, or <paramref name="cancellationToken"/>: then what was measured so far stays.</summary>
    internal async Task MeasureAsync(IPinger pinger, PingSettings settings, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            for (var i = -settings.WarmUp; i < settings.Count; i++)
            {
                timeout.CancelAfter(settings.Timeout);
                var start = Stopwatch.GetTimestamp();
                await pinger.PingAsync(timeout.Token).ConfigureAwait(false);
                if (i >= 0)
                {
                    _ticks.RecordValue(Stopwatch.GetTimestamp() - start);
                }

                if (settings.Interval > TimeSpan.Zero && i >= 0 && i < settings.Count - 1)
                {
                    timeout.CancelAfter(Timeout.InfiniteTimeSpan);
                    await Task.Delay(settings.Interval, cancellationToken).ConfigureAwait(false);
                }
            }
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            throw new ToolException($"No answer within {settings.Timeout.TotalSeconds:0.###} s, after {Count} round trips.");
        }
    }

    internal PingReport Report(string address, string server, string kind, TimeSpan connect)
    {
        return new PingReport(
            address, server, kind, connect.TotalMicroseconds, Count,
            At(0), At(50), At(90), At(99), At(100), Buckets.Of(_ticks));

        double At(double percent) => TickHistogram.Microseconds(_ticks.GetValueAtPercentile(percent));
    }
}

/// <param name="Count">Round trips that are measured.</param>
/// <param name="WarmUp">Round trips before them.</param>
/// <param name="Interval">Pause between two that are measured.</param>
/// <param name="Timeout">The longest that one may take.</param>
/// <param name="Mode">How the connection waits.</param>
/// <param name="IsDirect">In direct mode instead of HTTP/2.</param>
internal sealed record PingSettings(int Count, int WarmUp, TimeSpan Interval, TimeSpan Timeout, TachyonWaitMode Mode, bool IsDirect);
