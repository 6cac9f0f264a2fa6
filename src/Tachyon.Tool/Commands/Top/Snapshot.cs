using System.Diagnostics;

namespace Tachyon.Tool.Commands.Top;

/// <summary>All connections that can be seen, at one moment.</summary>
internal sealed record Snapshot(long Timestamp, IReadOnlyList<Sample> Samples, int UnseenProcesses)
{
    // A look in the middle of a change can see what does not fit together; twice that does not happen to honest peers.
    private const int Looks = 3;

    internal static Snapshot Take(RegionScanner scanner)
    {
        var regions = scanner.Scan(out var unseen);
        var timestamp = Stopwatch.GetTimestamp();
        var samples = regions
            .Select(static region => new Sample(region, Look(region)))
            .Where(static sample => sample.Page is { } page ? !page.IsBlank : IsMapped(sample.Region));
        return new Snapshot(timestamp, [.. samples], unseen);
    }

    /// <summary>Whether memory that could not be read is there at all: what was unmapped since the scan is no connection.</summary>
    private static bool IsMapped(Region region) => region.Views.Any(static view =>
    {
        try
        {
            return File.ReadLines($"/proc/{view.Process.Id}/maps").Any(line => line.StartsWith(view.Header.Range, StringComparison.Ordinal));
        }
        catch (Exception exception) when (exception is IOException or UnauthorizedAccessException)
        {
            // The process has ended, or has become another user's.
            return false;
        }
    });

    private static HeaderPage? Look(Region region)
    {
        Span<byte> bytes = stackalloc byte[HeaderReader.PageSize];
        HeaderPage? page = null;
        for (var look = 0; look < Looks && HeaderReader.TryRead(region, bytes); look++)
        {
            page = HeaderPage.Parse(bytes);
            if (page.Ring0.Used(region.Views[0].Capacity0) is not null && page.Ring1.Used(region.Views[0].Capacity1) is not null)
            {
                break;
            }
        }

        return page;
    }
}

/// <summary>One connection at one moment.</summary>
/// <param name="Region">Its memory, and who has it mapped.</param>
/// <param name="Page">What stands in it; null when it may not be read.</param>
internal sealed record Sample(Region Region, HeaderPage? Page);
