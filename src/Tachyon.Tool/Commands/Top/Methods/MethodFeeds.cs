namespace Tachyon.Tool.Commands.Top.Methods;

/// <summary>The feeds of all servers in view. Not thread-safe.</summary>
/// <param name="interval">From one look to the next.</param>
internal sealed class MethodFeeds(TimeSpan interval) : IDisposable
{
    // The runtime takes no less.
    private static readonly TimeSpan s_leastInterval = TimeSpan.FromSeconds(0.1);

    private readonly Dictionary<int, MethodFeed> _feeds = [];
    private Task _next = Task.CompletedTask;

    private TimeSpan Interval => interval < s_leastInterval ? s_leastInterval : interval;

    /// <summary>Opens a feed of each server that a look has shown and that has none, and closes those of servers that are gone.</summary>
    internal async Task FollowAsync(TopReport look, CancellationToken cancellationToken)
    {
        HashSet<int> servers = [.. Servers(look).Select(static server => server.ProcessId)];
        foreach (var processId in _feeds.Keys.Except(servers).ToArray())
        {
            _feeds[processId].Dispose();
            _feeds.Remove(processId);
        }

        int[] more = [.. servers.Except(_feeds.Keys)];
        var opened = await Task.WhenAll(more.Select(processId => MethodFeed.OpenAsync(processId, Interval, cancellationToken)))
            .ConfigureAwait(false);
        foreach ((var processId, var feed) in more.Zip(opened))
        {
            _feeds.Add(processId, feed);
        }

        _next = Task.WhenAll(_feeds.Values.Select(static feed => feed.NextAsync()));
    }

    /// <summary>Adds what the methods of the servers did meanwhile.</summary>
    internal async Task<TopReport> AddToAsync(TopReport look, CancellationToken cancellationToken)
    {
        try
        {
            await _next.WaitAsync(Interval + MethodFeed.Patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A server that does not answer now: what it said before is shown.
        }

        List<MethodReport> methods = [];
        List<string> problems = [];
        foreach (var server in Servers(look))
        {
            if (!_feeds.TryGetValue(server.ProcessId, out var feed))
            {
                // It came after the feeds were opened: it is in the next look.
                continue;
            }

            methods.AddRange(feed.Report(server));
            if (feed.Problem is { } problem)
            {
                problems.Add($"The methods of process {server.ProcessId} can't be seen: {problem}.");
            }
        }

        return look with
        {
            Methods =
            [
                .. methods.OrderByDescending(static method => method.CallsPerSecond)
                    .ThenBy(static method => method.Method, StringComparer.Ordinal),
            ],
            Unseen = look.Unseen with { Messages = [.. look.Unseen.Messages, .. problems] },
        };
    }

    public void Dispose()
    {
        foreach (var feed in _feeds.Values)
        {
            feed.Dispose();
        }
    }

    private static IEnumerable<ProcessReport> Servers(TopReport look)
        => look.Connections.Select(static connection => connection.Server?.Process)
            .OfType<ProcessReport>()
            .DistinctBy(static process => process.ProcessId);
}
