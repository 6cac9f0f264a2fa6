using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The span and the metrics of a request, under the names of HttpClient, which instrumentation expects.</summary>
internal sealed class ClientDiagnostics
{
    private static readonly ActivitySource s_source = new("System.Net.Http");
    private static readonly Meter s_meter = new("System.Net.Http");

    private static readonly UpDownCounter<long> s_active = s_meter.CreateUpDownCounter<long>("http.client.active_requests", "{request}");

    private static readonly Histogram<double> s_duration = s_meter.CreateHistogram<double>("http.client.request.duration", "s");

    private readonly HttpRequestMessage _request;
    private readonly Activity? _activity;
    private readonly Activity? _parent;
    private readonly long _start = Stopwatch.GetTimestamp();

    private ClientDiagnostics(HttpRequestMessage request)
    {
        _request = request;
        _parent = Activity.Current;
        _activity = s_source.StartActivity("System.Net.Http.HttpRequestOut", ActivityKind.Client);
        if (_activity is not null)
        {
            _activity.DisplayName = request.Method.Method;
            _activity.SetTag("http.request.method", request.Method.Method);
            _activity.SetTag("server.address", request.RequestUri!.Host);
            _activity.SetTag("server.port", request.RequestUri.Port);
            _activity.SetTag("url.full", request.RequestUri.AbsoluteUri);

            // The caller's own activity stays the current one: this one ends with the response, in another context.
            Activity.Current = _parent;
        }

        s_active.Add(1, ServerTags());
    }

    /// <summary>Whether there is a trace or a listener.</summary>
    internal static bool IsNeeded
        => Activity.Current is not null || s_source.HasListeners() || s_active.Enabled || s_duration.Enabled;

    /// <returns>Null when there is neither a trace nor a listener.</returns>
    internal static ClientDiagnostics? Start(HttpRequestMessage request) => IsNeeded ? new ClientDiagnostics(request) : null;

    /// <summary>Adds the headers by which the server continues the trace.</summary>
    internal void Inject(ref FrameBuffer headers)
    {
        if ((_activity ?? _parent) is not { } activity)
        {
            return;
        }

        List<KeyValuePair<string, string>> fields = [];
        DistributedContextPropagator.Current.Inject(
            activity, fields, static (carrier, name, value) => ((List<KeyValuePair<string, string>>)carrier!).Add(new(name, value)));
        foreach ((var name, var value) in fields)
        {
            if (!_request.Headers.NonValidated.Contains(name))
            {
                headers.Write(name);
                headers.Write(value);
            }
        }
    }

    internal void Stop(HttpResponseMessage? response, Exception? failure)
    {
        var tags = ServerTags();
        var status = (int?)response?.StatusCode;
        if (status is not null)
        {
            tags.Add("http.response.status_code", status);
            tags.Add("network.protocol.version", "2");
        }

        var error = failure?.GetType().FullName ?? (status >= 400 ? status.Value.ToString(CultureInfo.InvariantCulture) : null);
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        s_active.Add(-1, ServerTags());
        s_duration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, tags);
        if (_activity is null)
        {
            return;
        }

        _activity.SetTag("http.response.status_code", status);
        _activity.SetTag("network.protocol.version", status is null ? null : "2");
        if (error is not null)
        {
            _activity.SetTag("error.type", error);
            _activity.SetStatus(ActivityStatusCode.Error);
        }

        // Not the activity of the read loop, which ends it.
        var current = Activity.Current;
        _activity.Stop();
        Activity.Current = current;
    }

    private TagList ServerTags() => new()
    {
        { "http.request.method", _request.Method.Method },
        { "server.address", _request.RequestUri!.Host },
        { "server.port", _request.RequestUri.Port },
        { "url.scheme", _request.RequestUri.Scheme },
    };
}
