using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.AspNetCore.Http;
using Tachyon.TestHost.Services;

namespace Tachyon.TestHost.Fixtures;

/// <summary>Where a call is stuck that never came back.</summary>
internal enum StuckCall
{
    /// <summary>The server's application never saw the request: bytes from the client did not arrive.</summary>
    NotReceived,

    /// <summary>
    /// The response stays in Kestrel's stream: its output producer counts as scheduled, but the queue is empty and the output
    /// loop waits for an entry. That is Kestrel's race when the stream window meets 0, and not the transport's doing.
    /// </summary>
    KestrelOutputRace,

    /// <summary>Kestrel's output loop waits for a flush into the transport that does not complete.</summary>
    FlushPending,

    /// <summary>The handler has not returned: the rest of the request is missing, or nothing runs it.</summary>
    HandlerRunning,

    /// <summary>Kestrel has given everything to the transport: bytes to the client did not arrive.</summary>
    ResponseSent,
}

/// <summary>
/// Looks into Kestrel's HTTP/2 streams by reflection, to tell a wake-up that the transport lost from one that Kestrel lost.
/// </summary>
internal sealed class Http2StreamInspector
{
    private readonly ConcurrentDictionary<object, Observation> _streams = new(ReferenceEqualityComparer.Instance);

    /// <summary>Middleware: remembers which stream object carries which call. Kestrel uses the objects again.</summary>
    public async Task ObserveAsync(HttpContext context, RequestDelegate next)
    {
        var stream = (object)context.Features;
        var observed = context.Request.Protocol == "HTTP/2"
            && context.Request.Headers.TryGetValue(ServerProbe.IdHeader, out var id)
            && id.Count > 0;
        if (!observed)
        {
            await next(context);
            return;
        }

        var observation = new Observation(context.Request.Headers[ServerProbe.IdHeader].ToString());
        _streams[stream] = observation;
        try
        {
            await next(context);
        }
        finally
        {
            observation.HandlerReturned = true;
        }
    }

    /// <summary>Says where the call is stuck. Look twice: a call that is on its way shows the same signs for a moment.</summary>
    public StuckCall Classify(string callId)
    {
        var stream = Find(callId);
        if (stream is null)
        {
            return StuckCall.NotReceived;
        }

        var state = new Http2OutputState(stream);
        return state switch
        {
            { IsScheduled: true, QueueIsEmpty: true, LoopWaitsForEntry: true } => StuckCall.KestrelOutputRace,
            { FlushPending: true } => StuckCall.FlushPending,
            _ when !_streams[stream].HandlerReturned => StuckCall.HandlerRunning,
            _ => StuckCall.ResponseSent,
        };
    }

    /// <summary>The output state of the stream that carried the call last.</summary>
    public Http2OutputState? StateOf(string callId) => Find(callId) is { } stream ? new Http2OutputState(stream) : null;

    public string Describe()
        => _streams.IsEmpty
            ? "no HTTP/2 stream observed"
            : string.Join("; ", _streams.Select(static pair => $"call {pair.Value.CallId} "
                + $"{(pair.Value.HandlerReturned ? "returned" : "running")} {new Http2OutputState(pair.Key)}"));

    private object? Find(string callId) => _streams.FirstOrDefault(pair => pair.Value.CallId == callId).Key;

    private sealed class Observation(string callId)
    {
        private volatile bool _handlerReturned;

        public string CallId { get; } = callId;

        public bool HandlerReturned
        {
            get => _handlerReturned;
            set => _handlerReturned = value;
        }
    }
}

/// <summary>
/// The fields of Kestrel's output side that tell where a response is. They are private; a version of Kestrel that names them
/// otherwise fails here, with the name, and not in the verdict.
/// </summary>
internal sealed class Http2OutputState
{
    private const BindingFlags Instance = BindingFlags.Instance | BindingFlags.Public | BindingFlags.NonPublic;

    private readonly object _producer;

    public Http2OutputState(object stream)
    {
        _producer = Get(stream, "_http2Output");
        var frameWriter = Get(_producer, "_frameWriter");
        var channel = Get(frameWriter, "_channel");
        var queue = Get(channel, "_items");
        IsScheduled = (bool)Get(_producer, "_isScheduled");
        StreamWindow = (long)Get(_producer, "_streamWindow");
        CompletedResponse = (bool)Get(_producer, "_completedResponse");
        QueueIsEmpty = (bool)queue.GetType().GetProperty("IsEmpty", Instance)!.GetValue(queue)!;
        LoopWaitsForEntry = Find(channel, "_waitingReadersHead") is not null;
        FlushPending = Find(Get(frameWriter, "_outputWriter"), "_currentFlushTcs") is not null;
        ConnectionWindow = (long)Get(frameWriter, "_connectionWindow");
    }

    public bool IsScheduled { get; }

    public bool QueueIsEmpty { get; }

    public bool LoopWaitsForEntry { get; }

    public bool FlushPending { get; }

    public bool CompletedResponse { get; }

    public long StreamWindow { get; }

    public long ConnectionWindow { get; }

    /// <summary>Puts the producer into the state that the race leaves behind.</summary>
    public void Poison() => Field(_producer, "_isScheduled").SetValue(_producer, true);

    /// <summary>
    /// Takes the producer out of that state, so that the end of the call can be written and the server can stop: Kestrel waits for a
    /// poisoned stream until its shutdown timeout.
    /// </summary>
    public void Heal() => Field(_producer, "_isScheduled").SetValue(_producer, false);

    public override string ToString()
        => $"[scheduled {IsScheduled}, queue empty {QueueIsEmpty}, loop waits {LoopWaitsForEntry}, flush pending {FlushPending}, "
            + $"response completed {CompletedResponse}, stream window {StreamWindow}, connection window {ConnectionWindow}]";

    private static object Get(object target, string name)
        => Find(target, name) ?? throw new InvalidOperationException($"{target.GetType()}.{name} is null.");

    private static object? Find(object target, string name) => Field(target, name).GetValue(target);

    private static FieldInfo Field(object target, string name)
    {
        for (var type = target.GetType(); type is not null; type = type.BaseType)
        {
            if (type.GetField(name, Instance | BindingFlags.DeclaredOnly) is { } field)
            {
                return field;
            }
        }

        throw new InvalidOperationException($"This Kestrel has no field {target.GetType()}.{name}.");
    }
}
