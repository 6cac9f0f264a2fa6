using System.Diagnostics.Tracing;
using System.Globalization;
using Microsoft.Diagnostics.NETCore.Client;
using Microsoft.Diagnostics.Tracing;

namespace Tachyon.Tool.Commands.Top.Methods;

/// <summary>
/// What the .NET runtime of one process publishes of its requests, at its diagnostic port: the metric that ASP.NET Core keeps of them
/// anyhow. Thread-safe.
/// </summary>
internal sealed class MethodFeed : IDisposable
{
    private const string Provider = "System.Diagnostics.Metrics";
    private const long TimeSeriesValues = 2; // A keyword of that provider.
    private const string Meter = "Microsoft.AspNetCore.Hosting";
    private const string Instrument = "http.server.request.duration";
    private const int MostSeries = 1000;
    private const int BufferMegabytes = 16;

    // Sessions of this name exist side by side; any other keeps the second listener out.
    private const string Session = "SHARED";

    // For a process that does not answer, or not in time.
    internal static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private readonly Lock _lock = new();
    private readonly EventPipeSession? _session;
    private List<MethodFigures> _incomplete = [];
    private IReadOnlyList<MethodFigures> _figures = [];
    private double _seconds;
    private string? _problem;
    private TaskCompletionSource _next = new(TaskCreationOptions.RunContinuationsAsynchronously);

    private MethodFeed(EventPipeSession session)
    {
        _session = session;

        // Reading blocks for as long as the feed lives.
        _ = Task.Factory.StartNew(
            () => Read(session), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
    }

    private MethodFeed(string problem) => _problem = problem;

    /// <summary>Why nothing comes any more.</summary>
    internal string? Problem
    {
        get
        {
            lock (_lock)
            {
                return _problem;
            }
        }
    }

    /// <summary>Ends when the next figures have come, or none will.</summary>
    internal Task NextAsync()
    {
        lock (_lock)
        {
            return _problem is null ? _next.Task : Task.CompletedTask;
        }
    }

    /// <summary>A feed; one with a <see cref="Problem"/> where the process gives none.</summary>
    /// <exception cref="OperationCanceledException">Canceled.</exception>
    internal static async Task<MethodFeed> OpenAsync(int processId, TimeSpan interval, CancellationToken cancellationToken)
    {
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancellationToken);
        patience.CancelAfter(Patience);
        try
        {
            return new MethodFeed(await ConnectAsync(processId, interval, patience.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException) when (!cancellationToken.IsCancellationRequested)
        {
            return new MethodFeed($"its diagnostics did not answer within {Patience.TotalSeconds} s");
        }
        catch (Exception exception) when (exception is DiagnosticsClientException or IOException or UnauthorizedAccessException)
        {
            return new MethodFeed(
                "it has no diagnostic port that this user may use (no .NET program, DOTNET_EnableDiagnostics=0, or another TMPDIR)");
        }
    }

    private static Task<EventPipeSession> ConnectAsync(int processId, TimeSpan interval, CancellationToken cancellationToken)
    {
        var arguments = new Dictionary<string, string>
        {
            ["SessionId"] = Session,
            ["ClientId"] = Guid.NewGuid().ToString(),
            ["Metrics"] = $"{Meter}\\{Instrument}",
            ["RefreshInterval"] = interval.TotalSeconds.ToString(CultureInfo.InvariantCulture),
            ["MaxTimeSeries"] = MostSeries.ToString(CultureInfo.InvariantCulture),
            ["MaxHistograms"] = MostSeries.ToString(CultureInfo.InvariantCulture),
        };
        return new DiagnosticsClient(processId).StartEventPipeSessionAsync(
            [new EventPipeProvider(Provider, EventLevel.Informational, TimeSeriesValues, arguments)],
            requestRundown: false,
            BufferMegabytes,
            cancellationToken);
    }

    internal IEnumerable<MethodReport> Report(ProcessReport process)
    {
        lock (_lock)
        {
            (var figures, var seconds) = (_figures, _seconds);
            return figures.Select(figure => figure.Report(process, seconds));
        }
    }

    public void Dispose() => _session?.Dispose();

    private void Read(EventPipeSession session)
    {
        var problem = "it has ended";
        try
        {
            using var source = new EventPipeEventSource(session.EventStream);
            source.Dynamic.All += OnEvent;
            _ = source.Process();
        }
#pragma warning disable CA1031 // The bytes are of a process that may be hostile, and the parser has no list of what it throws for them.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            problem = $"reading its diagnostics failed ({PrintableText.Of(exception.Message)})";
        }

        End(problem);
    }

    private void OnEvent(TraceEvent published)
    {
        if (published.ProviderName != Provider)
        {
            return;
        }

        switch (published.EventName)
        {
            case "Collection/Start":
                _incomplete = [];
                break;
            case "HistogramValuePublished" when Text(published, "meterName") == Meter && Text(published, "instrumentName") == Instrument:
                if (_incomplete.Count < MostSeries)
                {
                    _incomplete.Add(new MethodFigures(
                        Text(published, "tags"), Text(published, "quantiles"), published.PayloadByName("count") is int count ? count : 0));
                }

                break;
            case "Collection/Stop":
                Complete(published);
                break;
            case "MultipleSessionsNotSupportedError" or "MultipleSessionsConfiguredIncorrectlyError":
                End("another tool reads its metrics, in a way or at an interval that allows no second one");
                break;
            case "Error":
                End($"it reports '{PrintableText.Of(Text(published, "errorMessage"))}'");
                break;
            default:
                break;
        }
    }

    private void Complete(TraceEvent stop)
    {
        TaskCompletionSource next;
        lock (_lock)
        {
            _figures = _incomplete;
            _seconds = stop.PayloadByName("intervalStartTime") is DateTime start && stop.PayloadByName("intervalEndTime") is DateTime end
                ? (end - start).TotalSeconds
                : 0;
            next = _next;
            _next = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }

        next.SetResult();
    }

    private void End(string problem)
    {
        TaskCompletionSource next;
        lock (_lock)
        {
            _problem ??= problem;
            _figures = [];
            next = _next;
        }

        next.TrySetResult();
    }

    private static string Text(TraceEvent published, string name) => published.PayloadByName(name) as string ?? "";
}
