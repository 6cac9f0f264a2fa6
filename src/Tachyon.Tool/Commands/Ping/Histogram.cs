using System.Globalization;
using System.Text.Json.Serialization;

namespace Tachyon.Tool.Commands.Ping;

/// <summary>Counts in ranges whose bounds are 1, 2, 5, 10, 20, 50 … microseconds.</summary>
internal static class Histogram
{
    /// <summary>From the first range that holds something to the last one.</summary>
    internal static IReadOnlyList<Bucket> Of(double[] sorted)
    {
        List<Bucket> buckets = [];
        double from = 0;
        foreach (double to in Bounds())
        {
            int count = sorted.Count(value => value >= from && value < to);
            if (count > 0 || (buckets.Count > 0 && sorted[^1] >= to))
            {
                buckets.Add(new Bucket(from, to, count));
            }

            if (sorted[^1] < to)
            {
                break;
            }

            from = to;
        }

        return buckets;
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
internal sealed record Bucket(double From, double To, int Count)
{
    [JsonIgnore]
    internal string Label => string.Create(CultureInfo.InvariantCulture, $"{From:0}-{To:0} us");
}
