using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>One connection in direct mode: opens streams, and passes on to each what the server sends for it.</summary>
internal sealed class ClientConnection : IFrameSink, IDisposable
{
    // What the server may have in flight beyond the initial window of each stream.
    private const int PooledWindow = 8 * 1024 * 1024;
    private const int MaxHeaderBytes = 64 * 1024;

    // A burst of calls leaves no more than these behind.
    private const int MaxIdleExchanges = 64;

    private readonly IDuplexPipe _pipes;
    private readonly IAsyncDisposable _transport;
    private readonly Action<ClientConnection> _ended;
    private readonly ConnectionMetrics? _metrics;
    private readonly FrameReader _reader = new(MaxHeaderBytes);
    private readonly WindowPool _windows = new(PooledWindow);
    private readonly int _maxWindow;
    private readonly Lock _lock = new();
    private readonly Dictionary<uint, IConnectionStream> _streams = [];
    private readonly List<IConnectionStream> _changed = [];
    private readonly SentTemplates _templates = new();
    private readonly TaskCompletionSource _hasSettings = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private uint _maxStreams = FrameSettings.Default.MaxStreams;
    private uint _maxHeaderBytes = FrameSettings.Default.MaxHeaderBytes;
    private readonly Stack<UnaryExchange> _idle = [];
    private uint _lastStream;
    private int _open;
    private bool _isClosed;
    private bool _isDisposed;

    /// <param name="pipes">What the server sends and receives.</param>
    /// <param name="transport">The owner of the pipes, disposed with the connection.</param>
    /// <param name="maxWindow">Bytes that a stream may have in flight or unread.</param>
    /// <param name="ended">Called when the connection opens no further streams; more than once.</param>
    /// <param name="metrics">Null where they have no listener.</param>
    internal ClientConnection(
        IDuplexPipe pipes, IAsyncDisposable transport, int maxWindow, Action<ClientConnection> ended, ConnectionMetrics? metrics = null)
    {
        _pipes = pipes;
        _transport = transport;
        _maxWindow = Math.Max(maxWindow, SendCredit.Initial);
        _ended = ended;
        _metrics = metrics;
        Output = new FrameOutput(pipes.Output);

        // Before any request can come.
        Span<byte> frame = stackalloc byte[FrameHeader.Size + FrameSettings.Size];
        new FrameSettings(0, MaxHeaderBytes).WriteFrame(frame);
        Output.WriteControl(frame);
    }

    internal FrameOutput Output { get; }

    internal void Start() => _ = ReadAsync();

    /// <summary>A stream for the request.</summary>
    /// <returns>Null when the connection takes no more.</returns>
    internal ClientStream? TryOpen(HttpRequestMessage request)
    {
        ClientStream stream;
        bool isFirst;
        lock (_lock)
        {
            if (_isClosed || _open >= _maxStreams)
            {
                return null;
            }

            isFirst = _open == 0;
            _open++;
            stream = new ClientStream(this, request, new ReceiveWindow(_windows, _maxWindow));
        }

        OnOpened(isFirst);
        return stream;
    }

    /// <summary>A unary call that is no HTTP request.</summary>
    /// <returns>Null when the connection takes no more, or no request has shown yet what the constant headers of gRPC are.</returns>
    internal UnaryExchange? TryOpenUnary(string path)
    {
        UnaryExchange exchange;
        bool isFirst;
        lock (_lock)
        {
            if (_isClosed || _open >= _maxStreams || _templates.OfUnary(path) is not { } template)
            {
                return null;
            }

            isFirst = _open == 0;
            _open++;
            exchange = _idle.TryPop(out var idle) ? idle : new UnaryExchange(this, new ReceiveWindow(_windows, _maxWindow));
            exchange.Begin(template);
        }

        OnOpened(isFirst);
        return exchange;
    }

    /// <summary>Keeps an exchange for the next call. Its stream is over, and no other thread has it.</summary>
    internal void Return(UnaryExchange exchange)
    {
        lock (_lock)
        {
            if (!_isClosed && _idle.Count < MaxIdleExchanges)
            {
                _idle.Push(exchange);
            }
        }
    }

    /// <summary>
    /// Sends the first frames of a stream: the definition of its template if that is new, the headers, and data. In one step with the
    /// choice of its number, because numbers rise and a definition comes before its first use.
    /// </summary>
    /// <param name="stream">The stream. It gets its number.</param>
    /// <param name="template">Its template.</param>
    /// <param name="headers">A frame of headers, whose stream is not filled in.</param>
    /// <param name="data">As much as its credit allows.</param>
    /// <param name="isEnd">The data is all of the body.</param>
    /// <param name="drained">Where it returns false: completes when it is worth another try.</param>
    /// <exception cref="HttpRequestException">The connection has ended.</exception>
    internal bool TryBegin(
        IConnectionStream stream, SentTemplate template, FrameBuffer headers, ReadOnlySpan<byte> data, bool isEnd, out Task drained)
    {
        Span<byte> dataHeader = stackalloc byte[FrameHeader.Size];
        lock (_lock)
        {
            if (stream.IsAborted)
            {
                // Canceled before it began: the server never learns of it. Reset, under the same lock, sent nothing.
                drained = Task.CompletedTask;
                return true;
            }

            if (_isClosed)
            {
                throw ClientStream.Error(FrameErrorCode.RefusedStream, "the connection ended before the request was sent");
            }

            var number = _lastStream == 0 ? 1 : _lastStream + 2;
            headers.EndFrame(0, FrameType.Headers, FrameFlags.None, template.Number, number);
            var hasData = data.Length > 0 || isEnd;
            if (hasData)
            {
                new FrameHeader(data.Length, FrameType.Data, isEnd ? FrameFlags.End : FrameFlags.None, 0, number).Write(dataHeader);
            }

            stream.Number = number;
            _streams.Add(number, stream);
            if (!Output.TryWrite(template.Definition, headers.Written, hasData ? dataHeader : default, data, out drained))
            {
                _streams.Remove(number);
                stream.Number = 0;
                return false;
            }

            template.OnDefined();
            _lastStream = number;

            // Two billion calls later a new connection takes over.
            _isClosed |= number + 2 > FrameHeader.MaxStream;
            return true;
        }
    }

    /// <summary>Whether the server is known to take headers of so many bytes.</summary>
    internal bool Takes(int headerBytes) => headerBytes <= Volatile.Read(ref _maxHeaderBytes);

    /// <summary>The server ends a connection with longer headers than it takes: they fail their own request only.</summary>
    /// <exception cref="HttpRequestException">It does not take so many bytes.</exception>
    internal async ValueTask CheckHeadersAsync(int length, CancellationToken cancellationToken)
    {
        if (length <= Volatile.Read(ref _maxHeaderBytes))
        {
            return;
        }

        // It may take more than the default, and has not said so yet.
        await _hasSettings.Task.WaitAsync(cancellationToken).ConfigureAwait(false);
        var most = Volatile.Read(ref _maxHeaderBytes);
        if (length > most)
        {
            throw new HttpRequestException(
                HttpRequestError.ConfigurationLimitExceeded, $"The headers of the request have {length} bytes; the server takes {most}.");
        }
    }

    /// <summary>Resets a stream that this side has aborted, if its headers were sent.</summary>
    /// <exception cref="FrameException">The server reads nothing.</exception>
    internal void Reset(IConnectionStream stream)
    {
        uint number;
        lock (_lock)
        {
            // TryBegin sets the number before it writes the headers, and takes it back if the connection is full. Read without the lock,
            // the reset could overtake the headers, and the server would end the connection.
            number = stream.Number;
        }

        if (number != 0)
        {
            Output.WriteReset(number, FrameErrorCode.Cancel);
        }
    }

    /// <summary>The stream is over for this side: what still comes for it is dropped.</summary>
    internal void End(IConnectionStream stream)
    {
        bool isLast;
        bool isIdle;
        lock (_lock)
        {
            _streams.Remove(stream.Number);
            isLast = --_open == 0 && _isClosed;
            isIdle = _open == 0 && !_isDisposed;
        }

        if (isIdle)
        {
            _metrics?.Change(isActive: false);
        }

        if (isLast)
        {
            Dispose();
        }
    }

    internal SentTemplate TemplateOf(HttpRequestMessage request)
    {
        lock (_lock)
        {
            var template = _templates.Of(request);

            // The next requests take another connection.
            _isClosed |= _templates.AreFull;
            return template;
        }
    }

    public void Dispose()
    {
        Close();
        bool isFirst;
        bool isActive;
        lock (_lock)
        {
            isFirst = !_isDisposed;
            isActive = _open > 0;
            _isDisposed = true;
        }

        if (isFirst)
        {
            _metrics?.End(isActive);
        }

        Output.Close();
        _ = DisposeConnectionAsync();
    }

    void IFrameSink.OnFrame(in FrameHeader header, ReadOnlySpan<byte> payload)
    {
        switch (header.Type)
        {
            case FrameType.Settings when header.Length >= FrameSettings.Size:
                lock (_lock)
                {
                    var settings = FrameSettings.Read(payload);
                    _maxStreams = settings.MaxStreams;
                    _maxHeaderBytes = settings.MaxHeaderBytes;
                }

                _hasSettings.TrySetResult();
                break;
            case FrameType.Headers or FrameType.Trailers or FrameType.Reset or FrameType.Window:
                if (Find(header.Stream) is { } stream)
                {
                    stream.OnFrame(header, payload);
                    Note(stream);
                }

                break;
            case FrameType.GoAway:
                OnGoAway(payload);
                break;
            case FrameType.Ping:
                Output.WritePong(header, payload);
                break;
            default:
                if ((header.Flags & FrameFlags.Critical) != 0)
                {
                    throw new FrameException(FrameErrorCode.ProtocolError, $"a server sends a frame of type {(byte)header.Type}");
                }

                break;
        }
    }

    void IFrameSink.OnData(uint stream, in ReadOnlySequence<byte> bytes, bool isEnd)
    {
        if (Find(stream) is { } found)
        {
            found.OnData(bytes, isEnd);
            Note(found);
        }
    }

    private void OnOpened(bool isFirst)
    {
        if (isFirst)
        {
            _metrics?.Change(isActive: true);
        }
    }

    private void Note(IConnectionStream stream)
    {
        if (_changed.Count == 0 || _changed[^1] != stream)
        {
            _changed.Add(stream);
        }
    }

    /// <returns>Null for a stream that is over.</returns>
    private IConnectionStream? Find(uint stream)
    {
        lock (_lock)
        {
            return stream % 2 == 1 && stream <= _lastStream
                ? _streams.GetValueOrDefault(stream)
                : throw new FrameException(FrameErrorCode.ProtocolError, $"a frame is for stream {stream}, which was not opened");
        }
    }

    private async Task ReadAsync()
    {
        Exception failure;
        try
        {
            while (true)
            {
                var result = await _pipes.Input.ReadAsync().ConfigureAwait(false);
                SequencePosition consumed;
                try
                {
                    consumed = _reader.Read(result.Buffer, this);
                }
                finally
                {
                    // After the whole read: a call finds its headers, its message and its status at once.
                    _changed.ForEach(static stream => stream.Signal());
                    _changed.Clear();
                }

                _pipes.Input.AdvanceTo(consumed, result.Buffer.End);
                if (result.IsCompleted)
                {
                    failure = new IOException("The server closed the connection.");
                    break;
                }
            }
        }
#pragma warning disable CA1031 // Whatever it is, the calls of this connection end with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            failure = exception as IOException ?? new IOException(exception.Message, exception);
        }

        Close();
        FailAll(failure, above: 0, isUnprocessed: false);
        Dispose();
    }

    private void OnGoAway(ReadOnlySpan<byte> payload)
    {
        if (payload.Length < 2 * sizeof(uint))
        {
            throw new FrameException(FrameErrorCode.FrameSizeError, "GOAWAY is too short");
        }

        var last = BinaryPrimitives.ReadUInt32LittleEndian(payload);
        var code = BinaryPrimitives.ReadUInt32LittleEndian(payload[sizeof(uint)..]);
        var text = Encoding.UTF8.GetString(payload[(2 * sizeof(uint))..]);
        Close();
        FailAll(ClientStream.Error(FrameErrorCode.RefusedStream, $"the server ends the connection ({text})"), last, isUnprocessed: true);
        if (code != (uint)FrameErrorCode.NoError)
        {
            FailAll(ClientStream.Error((FrameErrorCode)code, text), above: 0, isUnprocessed: false);
        }

        bool isIdle;
        lock (_lock)
        {
            isIdle = _open == 0;
        }

        if (isIdle)
        {
            Dispose();
        }
    }

    private void FailAll(Exception failure, uint above, bool isUnprocessed)
    {
        IConnectionStream[] streams;
        lock (_lock)
        {
            streams = [.. _streams.Values.Where(stream => stream.Number > above)];
        }

        foreach (var stream in streams)
        {
            stream.Fail(failure, isUnprocessed);
        }
    }

    /// <summary>Opens no further streams. Idempotent.</summary>
    private void Close()
    {
        lock (_lock)
        {
            _isClosed = true;
        }

        _hasSettings.TrySetResult();
        _ended(this);
    }

    private async Task DisposeConnectionAsync()
    {
        try
        {
            await _transport.DisposeAsync().ConfigureAwait(false);
        }
        catch (IOException)
        {
            // It failed before.
        }
    }
}
