using Microsoft.Diagnostics.NETCore.Client;

namespace Tachyon.Tool.Commands.Top.Methods;

/// <summary>The feeds of all servers in view. Not thread-safe.</summary>
/// <param name="interval">From one look to the next.</param>
internal sealed class MethodFeeds(TimeSpan interval) : IDisposable
{
    // The runtime takes no less.
    private static readonly TimeSpan s_leastInterval = TimeSpan.FromSeconds(0.1);

    // For a process that does not answer, or not in time.
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(2);

    private readonly Dictionary<int, (MethodFeed? Feed, string? Problem)> _feeds = [];
    private Task _next = Task.CompletedTask;

    private TimeSpan Interval => interval < s_leastInterval ? s_leastInterval : interval;

    /// <summary>Opens a feed of each server that a look has shown and that has none, and closes those of servers that are gone.</summary>
    internal async Task FollowAsync(TopReport look, CancellationToken cancellationToken)
    {
        HashSet<int> servers = [.. Servers(look).Select(static server => server.ProcessId)];
        foreach (var processId in _feeds.Keys.Except(servers).ToArray())
        {
            _feeds[processId].Feed?.Dispose();
            _feeds.Remove(processId);
        }

        foreach (var opened in await Task.WhenAll(servers.Except(_feeds.Keys).Select(OpenAsync)).ConfigureAwait(false))
        {
            _feeds.Add(opened.ProcessId, (opened.Feed, opened.Problem));
        }

        _next = Task.WhenAll(_feeds.Values.Select(static feed => feed.Feed?.NextAsync() ?? Task.CompletedTask));

        async Task<(int ProcessId, MethodFeed? Feed, string? Problem)> OpenAsync(int processId)
        {
            (var feed, var problem) = await this.OpenAsync(processId, cancellationToken).ConfigureAwait(false);
            return (processId, feed, problem);
        }
    }

    /// <summary>Adds what the methods of the servers did meanwhile.</summary>
    internal async Task<TopReport> AddToAsync(TopReport look, CancellationToken cancellationToken)
    {
        try
        {
            await _next.WaitAsync(Interval + s_patience, cancellationToken).ConfigureAwait(false);
        }
        catch (TimeoutException)
        {
            // A server that does not answer now: what it said before is shown.
        }

        List<MethodReport> methods = [];
        List<string> problems = [];
        foreach (var server in Servers(look))
        {
            (var feed, var problem) = _feeds.GetValueOrDefault(server.ProcessId);
            methods.AddRange(feed?.Report(server) ?? []);
            if ((problem ?? feed?.Problem) is { } reason)
            {
                problems.Add($"The methods of process {server.ProcessId} can't be seen: {reason}.");
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
        foreach (var (feed, _) in _feeds.Values)
        {
            feed?.Dispose();
        }
    }

    private static IEnumerable<ProcessReport> Servers(TopReport look)
        => look.Connections.Select(static connection => connection.Server?.Process)
            .OfType<ProcessReport>()
            .DistinctBy(static process => process.ProcessId);

    private async Task<(MethodFeed? Feed, string? Problem)> OpenAsync(int processId, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(s_patience);
        try
        {
            return (await MethodFeed.OpenAsync(processId, Interval, patience.Token).ConfigureAwait(false), null);
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return (null, $"its diagnostics did not answer within {s_patience.TotalSeconds} s");
        }
        catch (Exception exception) when (exception is DiagnosticsClientException or IOException or UnauthorizedAccessException)
        {
            return (null, "it has no diagnostic port that this user may use (no .NET program, DOTNET_EnableDiagnostics=0, or another TMPDIR)");
        }
    }
}
