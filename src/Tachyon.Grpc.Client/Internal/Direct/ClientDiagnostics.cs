using System.Diagnostics;
using System.Globalization;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The span and the metrics of a request, under the names of HttpClient, which instrumentation expects.</summary>
internal sealed class ClientDiagnostics
{
    private static readonly ActivitySource s_source = new("System.Net.Http");

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

        HttpClientInstruments.ActiveRequests.Add(1, HttpClientInstruments.TagsOf(request));
    }

    /// <summary>Whether there is a trace or a listener.</summary>
    internal static bool IsNeeded
        => Activity.Current is not null || s_source.HasListeners()
            || HttpClientInstruments.ActiveRequests.Enabled || HttpClientInstruments.RequestDuration.Enabled;

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
        var tags = HttpClientInstruments.TagsOf(_request);
        var status = (int?)response?.StatusCode;
        if (status is not null)
        {
            tags.Add("http.response.status_code", status);
            HttpClientInstruments.AddProtocol(ref tags);
        }

        var error = failure?.GetType().FullName ?? (status >= 400 ? status.Value.ToString(CultureInfo.InvariantCulture) : null);
        if (error is not null)
        {
            tags.Add("error.type", error);
        }

        HttpClientInstruments.ActiveRequests.Add(-1, HttpClientInstruments.TagsOf(_request));
        HttpClientInstruments.RequestDuration.Record(Stopwatch.GetElapsedTime(_start).TotalSeconds, tags);
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
}
