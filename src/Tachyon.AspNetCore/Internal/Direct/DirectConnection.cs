using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Logging;
using Tachyon.Frames;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Internal.Direct;

/// <summary>
/// One connection in direct mode: reads frames, hands each request to the application, and ends when the client or the server does. Kestrel
/// accepts and counts the connection, and runs this as its last middleware in place of HTTP/2.
/// </summary>
internal sealed class DirectConnection : IFrameSink
{
    private const int MaxPooledStreams = 100;
    private const int MaxDefinedBytes = 64 * 1024;

    // As Kestrel: a client that resets streams faster than the application ends them is asked to slow down, then disconnected.
    private const int MaxCalmResets = 20;
    private const int CalmPeriodMilliseconds = 5_000;

    private readonly ConnectionContext _context;
    private readonly Action<TachyonProtocolException> _onViolated;
    private readonly CapturedApplication _application;
    private readonly KestrelServerOptions _options;
    private readonly PipeReader _input;
    private readonly FrameReader _reader;
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, DirectStream> _streams = [];
    private readonly Stack<DirectStream> _pooled = [];
    private readonly List<DirectStream> _begun = [];
    private readonly Dictionary<ushort, RequestTemplate> _templates = [];
    private readonly DataRates _rates;
    private readonly ILogger _badRequests;
    private readonly TaskCompletionSource _allEnded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _definedBytes;
    private uint _lastStream;

    // The last one that reached the application: what GOAWAY names. Within the lock, together with _isClosing.
    private uint _lastServed;
    private int _tracked;
    private bool _hasSettings;
    private bool _isClosing;
    private bool _isReading = true;
    private int _calmResets;
    private long _calmPeriodStart;
    private long _idleSince = Environment.TickCount64;

    // Bytes of bodies. By the reader of the connection; the heartbeat reads it in CheckRates, and no other memory depends on the order.
    private long _received;

    internal DirectConnection(
        ConnectionContext context,
        Action<TachyonProtocolException> onViolated,
        CapturedApplication application,
        KestrelServerOptions options,
        ILogger logger,
        ILogger badRequests)
    {
        _context = context;
        _onViolated = onViolated;
        _application = application;
        _options = options;
        Logger = logger;
        _badRequests = badRequests;
        _rates = new DataRates(options.Limits);
        _input = context.Transport.Input;
        Output = new FrameOutput(context.Transport.Output);

        // Beyond the first bytes of each stream.
        Windows = new WindowPool(options.Limits.Http2.InitialConnectionWindowSize);
        _reader = new FrameReader(Math.Max(options.Limits.MaxRequestHeadersTotalSize, MaxDefinedBytes));
    }

    internal ConnectionContext Context => _context;

    internal KestrelServerLimits Limits => _options.Limits;

    internal bool AllowSynchronousIO => _options.AllowSynchronousIO;

    internal FrameOutput Output { get; }

    internal WindowPool Windows { get; }

    internal ILogger Logger { get; }

    /// <summary>Of one frame of headers or trailers; the client would end the connection. Set before the first request.</summary>
    internal uint MaxResponseHeaderBytes { get; private set; } = FrameSettings.Default.MaxHeaderBytes;

    internal async Task RunAsync()
    {
        if (_context.Features.Get<IConnectionMetricsTagsFeature>() is { } metrics)
        {
            // As Kestrel names HTTP. Requests are HTTP/2 to the application, and say so in its own metrics.
            metrics.Tags.Add(new("network.protocol.name", "tachyon-direct"));
            metrics.Tags.Add(new("network.protocol.version", "1"));
        }

        var lifetime = _context.Features.Get<IConnectionLifetimeNotificationFeature>();
        using var closing = lifetime?.ConnectionClosedRequested.UnsafeRegister(
            static connection => ((DirectConnection)connection!).Close(FrameErrorCode.NoError, "the server is stopping"), this) ?? default;
        _context.Features.Get<IConnectionHeartbeatFeature>()?.OnHeartbeat(
            static connection => ((DirectConnection)connection).OnHeartbeat(), this);
        SendSettings();
        var reason = "the server failed";
        try
        {
            reason = await ReadAsync().ConfigureAwait(false);
        }
        catch (FrameException exception)
        {
            reason = exception.Message;
            _onViolated(new TachyonProtocolException(exception.Message));
            TrySendGoAway(exception.Code, exception.Rule);
        }
        catch (Exception exception) when (exception is IOException or OperationCanceledException or ConnectionAbortedException)
        {
            reason = exception.Message;
        }
        finally
        {
            await EndAsync(reason).ConfigureAwait(false);
        }
    }

    /// <summary>The application is done with a request.</summary>
    /// <param name="stream">Its stream.</param>
    /// <param name="mayBeReused">Neither side can hold on to it.</param>
    internal void OnEnded(DirectStream stream, bool mayBeReused)
    {
        lock (_lock)
        {
            _tracked--;
            if (_streams.TryGetValue(stream.Id, out var current) && current == stream)
            {
                _streams.Remove(stream.Id);
            }

            if (mayBeReused && _pooled.Count < MaxPooledStreams)
            {
                _pooled.Push(stream);
            }

            _idleSince = Environment.TickCount64;
            StopReadingIfDone();
            if (!_isReading && _tracked == 0)
            {
                _allEnded.TrySetResult();
            }
        }
    }

    /// <summary>The stream is over for the client: its number finds nothing any more.</summary>
    internal void Forget(DirectStream stream)
    {
        lock (_lock)
        {
            _streams.Remove(stream.Id);
        }
    }

    void IFrameSink.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Settings:
                OnSettings(header, payload);
                break;
            case FrameType.Define:
                OnDefine(header, payload);
                break;
            case FrameType.Headers:
                OnHeaders(header, payload);
                break;
            case FrameType.Reset:
                OnReset(header);
                break;
            case FrameType.Window:
                Find(header.Stream)?.Credit.Give(header.ReadNumber(payload));
                break;
            case FrameType.Ping:
                Output.WritePong(header, payload);
                break;
            case FrameType.GoAway or FrameType.Pong:
                break;
            default:
                if (header.Type is FrameType.Trailers || (header.Flags & FrameFlags.Critical) != 0)
                {
                    throw new FrameException(FrameErrorCode.ProtocolError, $"a client sends a frame of type {(byte)header.Type}");
                }

                break;
        }
    }

    void IFrameSink.OnData(uint stream, in ReadOnlySequence<byte> bytes, bool isEnd)
    {
        Volatile.Write(ref _received, _received + bytes.Length);
        Find(stream)?.OnData(bytes, isEnd);
    }

    private async Task<string> ReadAsync()
    {
        while (true)
        {
            var result = await _input.ReadAsync().ConfigureAwait(false);
            SequencePosition consumed;
            try
            {
                consumed = _reader.Read(result.Buffer, this);
            }
            finally
            {
                // Those that came before a violation are served, as their client may have seen them sent.
                _begun.ForEach(static stream => ThreadPool.UnsafeQueueUserWorkItem(stream, preferLocal: false));
                _begun.Clear();
            }

            _input.AdvanceTo(consumed, result.Buffer.End);
            if (result.IsCompleted)
            {
                return "the client closed the connection";
            }

            lock (_lock)
            {
                if (_isClosing && _tracked == 0)
                {
                    return "the connection was closed by the server";
                }
            }
        }
    }

    private async Task EndAsync(string reason)
    {
        DirectStream[] rest;
        lock (_lock)
        {
            _isReading = false;
            _isClosing = true;
            rest = [.. _streams.Values];
            if (_tracked == 0)
            {
                _allEnded.TrySetResult();
            }
        }

        foreach (var stream in rest)
        {
            stream.OnConnectionEnded(reason);
        }

        // Kestrel releases the pipes after this, which the application may still use.
        await _allEnded.Task.ConfigureAwait(false);
        Output.Close();
    }

    // A server opens no streams: only the second value is of use.
    private void OnSettings(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        header.CheckLength(FrameSettings.Size);
        if (_hasSettings)
        {
            throw new FrameException(FrameErrorCode.ProtocolError, "a client sends its settings twice");
        }

        _hasSettings = true;
        MaxResponseHeaderBytes = FrameSettings.Read(payload).MaxHeaderBytes;
    }

    private void OnDefine(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        _definedBytes += payload.Length;
        if (_templates.Count >= RequestTemplate.MaxCount || _definedBytes > MaxDefinedBytes)
        {
            throw new FrameException(
                FrameErrorCode.EnhanceYourCalm,
                $"a client defines more than {RequestTemplate.MaxCount} templates or {MaxDefinedBytes} bytes of them");
        }

        if (!_templates.TryAdd(header.Template, RequestTemplate.Read(payload)))
        {
            throw new FrameException(FrameErrorCode.ProtocolError, $"template {header.Template} is defined twice");
        }
    }

    private void OnHeaders(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        if (header.Stream % 2 == 0 || header.Stream <= _lastStream || header.Stream > FrameHeader.MaxStream)
        {
            throw new FrameException(FrameErrorCode.ProtocolError, $"a request has the stream {header.Stream} after {_lastStream}");
        }

        if (!_templates.TryGetValue(header.Template, out var template))
        {
            throw new FrameException(FrameErrorCode.ProtocolError, $"template {header.Template} was not defined");
        }

        _lastStream = header.Stream;
        DirectStream? stream = null;
        lock (_lock)
        {
            if (_isClosing)
            {
                // Above the last stream of GOAWAY: the client knows that it was not served.
                return;
            }

            var most = Limits.Http2.MaxStreamsPerConnection;
            if (_tracked >= Math.Max(2 * most, 100))
            {
                CountCalmReset();
                Output.WriteReset(header.Stream, FrameErrorCode.EnhanceYourCalm);
                return;
            }

            // Not those that are over for the client, which may open others, although their application still runs.
            if (_streams.Count >= most && _streams.Values.Count(static stream => !stream.IsOver) >= most)
            {
                Output.WriteReset(header.Stream, FrameErrorCode.RefusedStream);
                return;
            }

            _lastServed = header.Stream;

            // A reset that crossed the end of its stream comes from this thread, and may have met a stream that was pooled already.
            do
            {
                _ = _pooled.TryPop(out stream);
            }
            while (stream is { IsAborted: true });
        }

        stream ??= _application.CreateStream(this);
        stream.Begin(header.Stream, template, payload, header.IsEnd);
        lock (_lock)
        {
            _tracked++;
            _streams.Add(header.Stream, stream);
        }

        _begun.Add(stream);
    }

    private void OnReset(in FrameHeader header)
    {
        header.CheckLength(sizeof(uint));
        var stream = Find(header.Stream);
        lock (_lock)
        {
            _streams.Remove(header.Stream);
        }

        stream?.OnReset();
    }

    /// <returns>Null for a stream that is over.</returns>
    private DirectStream? Find(uint stream)
    {
        if (stream % 2 == 0 || stream > _lastStream)
        {
            throw new FrameException(FrameErrorCode.ProtocolError, $"a frame is for stream {stream}, which was not opened");
        }

        lock (_lock)
        {
            return _streams.GetValueOrDefault(stream);
        }
    }

    // With the lock, by the reader.
    private void CountCalmReset()
    {
        var now = Environment.TickCount64;
        if (now - _calmPeriodStart > CalmPeriodMilliseconds)
        {
            _calmPeriodStart = now;
            _calmResets = 0;
        }

        if (++_calmResets > MaxCalmResets)
        {
            throw new FrameException(FrameErrorCode.EnhanceYourCalm, "a client resets requests faster than they end");
        }
    }

    private void SendSettings()
    {
        Span<byte> frame = stackalloc byte[FrameHeader.Size + FrameSettings.Size];
        new FrameSettings((uint)Limits.Http2.MaxStreamsPerConnection, (uint)Limits.MaxRequestHeadersTotalSize).WriteFrame(frame);
        Output.WriteControl(frame);
    }

    private void OnHeartbeat()
    {
        CheckRates();
        lock (_lock)
        {
            if (_isClosing || _tracked > 0 || Environment.TickCount64 - _idleSince < Limits.KeepAliveTimeout.TotalMilliseconds)
            {
                return;
            }
        }

        Close(FrameErrorCode.NoError, "the connection was idle");
    }

    private void CheckRates()
    {
        var readsRequest = false;
        var awaitsRequest = false;
        var awaitsReader = false;
        lock (_lock)
        {
            foreach (var stream in _streams.Values)
            {
                readsRequest |= stream.IsReadingRequest;
                awaitsRequest |= stream.IsWaitingForRequest;
                awaitsReader |= stream.IsWaitingForReader;
            }
        }

        switch (_rates.Look(new(readsRequest, awaitsRequest, awaitsReader), Volatile.Read(ref _received), Output.Written))
        {
            case DataRates.Missed.Request:
                TachyonLog.RequestTooSlow(_badRequests, _context.ConnectionId, Limits.MinRequestBodyDataRate!.BytesPerSecond);
                Abort(FrameErrorCode.EnhanceYourCalm, "the client sends a request body more slowly than MinRequestBodyDataRate allows");
                break;
            case DataRates.Missed.Response:
                TachyonLog.ResponseTooSlow(_badRequests, _context.ConnectionId);
                Abort(FrameErrorCode.InternalError, "the client reads a response more slowly than MinResponseDataRate allows");
                break;
        }
    }

    private void Abort(FrameErrorCode code, string reason)
    {
        Close(code, reason);
        _context.Abort(new ConnectionAbortedException($"The connection was aborted: {reason}."));
    }

    /// <summary>Takes no further requests, and ends when those under way have ended. Any thread.</summary>
    private void Close(FrameErrorCode code, string reason)
    {
        lock (_lock)
        {
            if (_isClosing)
            {
                return;
            }

            // From here on no stream is served: the number is final.
            _isClosing = true;
        }

        TrySendGoAway(code, reason);
        lock (_lock)
        {
            StopReadingIfDone();
        }
    }

    private void TrySendGoAway(FrameErrorCode code, string text)
    {
        FrameBuffer frame = default;
        var start = frame.BeginFrame();
        lock (_lock)
        {
            frame.Write(_lastServed);
        }

        frame.Write((uint)code);
        frame.Write(Encoding.UTF8.GetBytes(text));
        frame.EndFrame(start, FrameType.GoAway, FrameFlags.None, 0, 0);
        try
        {
            Output.WriteControl(frame.Written);
        }
        catch (FrameException)
        {
            // The client reads nothing, and gets no reason.
        }

        frame.Release();
    }

    // With the lock.
    private void StopReadingIfDone()
    {
        if (_isClosing && _isReading && _tracked == 0)
        {
            _input.CancelPendingRead();
        }
    }
}
