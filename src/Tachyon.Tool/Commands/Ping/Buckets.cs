using System.Globalization;
using System.Text.Json.Serialization;
using HdrHistogram;
using Tachyon.Measuring;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>The ranges of the chart: their bounds are 1, 2, 5, 10, 20, 50 ... microseconds.</summary>
internal static class Buckets
{
    /// <summary>From the first range that holds something to the last one.</summary>
    internal static IReadOnlyList<Bucket> Of(LongHistogram ticks)
    {
        List<Bucket> buckets = [];
        double from = 0;
        foreach (var to in Bounds())
        {
            // By the highest value of its class, as the percentiles are: the largest one is then always in the last range.
            var count = ticks.RecordedValues().Where(value => Microseconds(value) >= from && Microseconds(value) < to)
                .Sum(static value => value.CountAddedInThisIterationStep);
            if (count > 0 || buckets.Count > 0)
            {
                buckets.Add(new Bucket(from, to, count));
            }

            if (buckets.Sum(static bucket => bucket.Count) == ticks.TotalCount)
            {
                break;
            }

            from = to;
        }

        return buckets;

        static double Microseconds(HdrHistogram.Iteration.HistogramIterationValue value)
            => TickHistogram.Microseconds(value.ValueIteratedTo);
    }

    private static IEnumerable<double> Bounds()
    {
        for (double decade = 1; ; decade *= 10)
        {
            yield return decade;
            yield return 2 * decade;
            yield return 5 * decade;
        }
    }
}

/// <summary>How many values are in a range: its lower bound belongs to it, the upper one does not.</summary>
internal sealed record Bucket(double From, double To, long Count)
{
    [JsonIgnore]
    internal string Label => string.Create(CultureInfo.InvariantCulture, $"{From:0}-{To:0} us");
}
