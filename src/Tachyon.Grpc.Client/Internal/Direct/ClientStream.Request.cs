using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The request: its headers and its body.</summary>
internal sealed partial class ClientStream
{
    // A body up to this size goes out in one write with the headers.
    private const int MaxBufferedBytes = 16 * 1024;

    private readonly StreamSender _sender = new(connection.Output);
    private readonly ClientDiagnostics? _diagnostics = ClientDiagnostics.Start(request);
    private SentTemplate? _template;
    private FrameBuffer _headers;
    private FrameBuffer _body;
    private bool _hasBegun;
    private bool _isRequestEnded;

    // The body is here as a whole, or was not read yet.
    private bool CanBeRepeated { get; set; } = true;

    /// <summary>Bytes of the body so far.</summary>
    internal long BodyLength { get; private set; }

    /// <summary>Sends the request. Completes with the headers of the response.</summary>
    /// <param name="refused">The attempt before; null for the first.</param>
    /// <param name="cancellationToken">Ends the request.</param>
    internal Task<HttpResponseMessage> SendAsync(RefusedRequest? refused, CancellationToken cancellationToken)
    {
        var areWritten = false;
        try
        {
            _template = connection.TemplateOf(request);
            WriteHeaders(_template);
            areWritten = true;
        }
        catch (ArgumentException exception)
        {
            throw new HttpRequestException(HttpRequestError.ConfigurationLimitExceeded, exception.Message, exception);
        }
        finally
        {
            if (!areWritten)
            {
                _headers.Release();
                End();
            }
        }

        if (cancellationToken.CanBeCanceled)
        {
            _cancellation = cancellationToken.UnsafeRegister(
                static (stream, token) => ((ClientStream)stream!).Abandon(new OperationCanceledException(token)), this);
        }

        _ = SendBodyAsync(refused, cancellationToken);
        return _response.Task;
    }

    private async Task SendBodyAsync(RefusedRequest? refused, CancellationToken cancellationToken)
    {
        try
        {
            await connection.CheckHeadersAsync(_headers.Length - FrameHeader.Size, cancellationToken).ConfigureAwait(false);
            if (request.Content is { } content)
            {
                var copy = content.CopyToAsync(new RequestStream(this), context: null, cancellationToken);

                // A body that waits for its caller is read once only.
                CanBeRepeated = copy.IsCompletedSuccessfully;
                await copy.ConfigureAwait(false);
                if (refused is not null && refused.BodyLength != BodyLength)
                {
                    // Content that gives its bytes once: that of a gRPC call with a retry policy, which makes the next attempt itself.
                    CanBeRepeated = false;
                    throw refused.Failure;
                }
            }

            await EndRequestAsync(cancellationToken).ConfigureAwait(false);
        }
#pragma warning disable CA1031 // Of the content, which is code of the caller: it becomes the result of the request.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            if (exception is HttpRequestException { HttpRequestError: not HttpRequestError.ConfigurationLimitExceeded } && Number == 0)
            {
                Fail(exception, isUnprocessed: true);
            }
            else
            {
                // As it is, like HttpClient: gRPC's own content says with it how its call has ended.
                Abandon(exception);
            }
        }
        finally
        {
            _headers.Release();
            _body.Release();
        }
    }

    private void WriteHeaders(SentTemplate template)
    {
        _headers.BeginFrame();
        if (!template.HasPath)
        {
            _headers.Write(RequestTemplate.PathName);
            _headers.Write(request.RequestUri!.PathAndQuery);
        }

        WriteHeaders(template, request.Headers.NonValidated);
        if (request.Content is { } content)
        {
            // Asking for it computes it, where the content can.
            _ = content.Headers.ContentLength;
            WriteHeaders(template, content.Headers.NonValidated);
        }

        _diagnostics?.Inject(ref _headers);
    }

    private void WriteHeaders(SentTemplate template, System.Net.Http.Headers.HttpHeadersNonValidated headers)
    {
        foreach (var header in headers)
        {
            if (header.Key is "Transfer-Encoding" or "Host")
            {
                continue;
            }

            foreach (var value in header.Value)
            {
                if (!template.Contains(header.Key, value))
                {
                    _headers.Write(header.Key);
                    _headers.Write(value);
                }
            }
        }
    }

    private ValueTask WriteRequestAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        BodyLength += data.Length;
        if (_hasBegun)
        {
            return _sender.SendAsync(data, default, isEnd: false, cancellationToken);
        }

        if (_body.Length + data.Length <= MaxBufferedBytes)
        {
            _body.Write(data.Span);
            return default;
        }

        return BeginAndWriteAsync(data, cancellationToken);
    }

    private async ValueTask BeginAndWriteAsync(ReadOnlyMemory<byte> data, CancellationToken cancellationToken)
    {
        if (_body.Length > 0)
        {
            await BeginAsync(_body.WrittenMemory, isEnd: false, cancellationToken).ConfigureAwait(false);
            _body.Clear();
        }
        else
        {
            var first = data[..Math.Min(data.Length, FrameHeader.MaxDataLength)];
            await BeginAsync(first, isEnd: false, cancellationToken).ConfigureAwait(false);
            data = data[first.Length..];
        }

        if (!data.IsEmpty)
        {
            await _sender.SendAsync(data, default, isEnd: false, cancellationToken).ConfigureAwait(false);
        }
    }

    private ValueTask FlushRequestAsync(CancellationToken cancellationToken)
    {
        if (_hasBegun)
        {
            return default;
        }

        var begin = BeginAsync(_body.WrittenMemory, isEnd: false, cancellationToken);
        _body.Clear();
        return begin;
    }

    private ValueTask EndRequestAsync(CancellationToken cancellationToken)
    {
        var end = _hasBegun
            ? _sender.SendAsync(default, default, isEnd: true, cancellationToken)
            : BeginAsync(_body.WrittenMemory, isEnd: true, cancellationToken);
        return end.IsCompletedSuccessfully ? OnRequestEnded() : WaitAsync(end);

        async ValueTask WaitAsync(ValueTask sending)
        {
            await sending.ConfigureAwait(false);
            await OnRequestEnded().ConfigureAwait(false);
        }
    }

    private ValueTask OnRequestEnded()
    {
        bool isOver;
        lock (_lock)
        {
            _isRequestEnded = true;
            isOver = _order.IsEnded;
        }

        if (isOver)
        {
            End();
        }

        return default;
    }

    /// <summary>The first frames. The first bytes of a body are within the initial credit.</summary>
    private ValueTask BeginAsync(ReadOnlyMemory<byte> data, bool isEnd, CancellationToken cancellationToken)
    {
        _hasBegun = true;
        _ = _sender.Credit.Take(data.Length);
        return connection.TryBegin(this, _template!, _headers, data.Span, isEnd, out var drained)
            ? default
            : WaitAsync(drained);

        async ValueTask WaitAsync(Task wait)
        {
            do
            {
                await wait.WaitAsync(cancellationToken).ConfigureAwait(false);
            }
            while (!connection.TryBegin(this, _template!, _headers, data.Span, isEnd, out wait));
        }
    }

    /// <summary>What the content of the request writes its body to.</summary>
    private sealed class RequestStream(ClientStream stream) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
            => stream.WriteRequestAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken)
        {
            ValidateBufferArguments(buffer, offset, count);
            return stream.WriteRequestAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();
        }

        public override Task FlushAsync(CancellationToken cancellationToken) => stream.FlushRequestAsync(cancellationToken).AsTask();

        public override void Write(byte[] buffer, int offset, int count)
        {
            ValidateBufferArguments(buffer, offset, count);
#pragma warning disable RS0030 // The caller asked for a synchronous write.
            stream.WriteRequestAsync(buffer.AsMemory(offset, count), CancellationToken.None).AsTask().GetAwaiter().GetResult();
#pragma warning restore RS0030
        }

        public override void Flush()
        {
            // As HttpClient: nothing waits that a later write does not send.
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
