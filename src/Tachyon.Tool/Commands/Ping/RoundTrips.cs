using System.Diagnostics;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>The times of the round trips that were made.</summary>
internal sealed class RoundTrips
{
    private readonly List<long> _ticks = [];

    internal int Count => _ticks.Count;

    /// <summary>Until the count is reached, or <paramref name="cancellationToken"/>: then what was measured so far stays.</summary>
    internal async Task MeasureAsync(IPinger pinger, PingSettings settings, CancellationToken cancellationToken)
    {
        using var timeout = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        try
        {
            for (int i = -settings.WarmUp; i < settings.Count; i++)
            {
                timeout.CancelAfter(settings.Timeout);
                long start = Stopwatch.GetTimestamp();
                await pinger.PingAsync(timeout.Token).ConfigureAwait(false);
                if (i >= 0)
                {
                    _ticks.Add(Stopwatch.GetTimestamp() - start);
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
        double[] sorted = [.. _ticks.Order().Select(static ticks => ticks * 1e6 / Stopwatch.Frequency)];
        return new PingReport(
            address, server, kind, connect.TotalMicroseconds, sorted.Length,
            sorted[0], Percentile(sorted, 0.5), Percentile(sorted, 0.9), Percentile(sorted, 0.99), sorted[^1], Histogram.Of(sorted));
    }

    /// <summary>Nearest rank.</summary>
    private static double Percentile(double[] sorted, double part) => sorted[Math.Max(0, (int)Math.Ceiling(part * sorted.Length) - 1)];
}

/// <param name="Count">Round trips that are measured.</param>
/// <param name="WarmUp">Round trips before them.</param>
/// <param name="Interval">Pause between two that are measured.</param>
/// <param name="Timeout">The longest that one may take.</param>
internal sealed record PingSettings(int Count, int WarmUp, TimeSpan Interval, TimeSpan Timeout);
