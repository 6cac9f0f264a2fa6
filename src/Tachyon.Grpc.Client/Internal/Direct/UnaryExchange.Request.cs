using System.Globalization;
using Grpc.Core;
using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The request: its headers and its message.</summary>
internal sealed partial class UnaryExchange
{
    private SentTemplate? _template;
    private FrameBuffer _headers;
    private bool _isRequestEnded;
    private bool _isSentInParts;

    internal MessageWriter Writer { get; } = new();

    /// <summary>Writes the headers beyond those of the template.</summary>
    /// <param name="metadata">Of the caller; names and values were checked.</param>
    /// <param name="timeout">The time to the deadline; null without one.</param>
    /// <returns>False where they are longer than what the server is known to take.</returns>
    internal bool TryWriteHeaders(Metadata? metadata, TimeSpan? timeout)
    {
        _headers.BeginFrame();
        foreach (var entry in metadata ?? Metadata.Empty)
        {
            _headers.Write(entry.Key);
            _headers.Write(entry.IsBinary ? Convert.ToBase64String(entry.ValueBytes) : entry.Value);
        }

        if (timeout is { } time)
        {
            // At most eight digits and a unit (PROTOCOL-HTTP2 of gRPC).
            var milliseconds = time.Ticks / TimeSpan.TicksPerMillisecond;
            _headers.Write("grpc-timeout");
            _headers.Write(milliseconds switch
            {
                <= 0 => "1n",
                < 100_000_000 => string.Create(CultureInfo.InvariantCulture, $"{milliseconds}m"),
                _ => string.Create(CultureInfo.InvariantCulture, $"{(milliseconds + 999) / 1000}S"),
            });
        }

        return connection.Takes(_headers.Length - FrameHeader.Size);
    }

    /// <summary>Sends the headers and the message. What goes wrong ends the exchange.</summary>
    /// <param name="maxReceived">Bytes that the message of the response may have.</param>
    /// <exception cref="InvalidOperationException">The serializer has not completed the message.</exception>
    internal void Send(int maxReceived)
    {
        var body = Writer.Written;
        var first = Math.Min(body.Length, FrameHeader.MaxDataLength);
        _maxReceived = maxReceived;

        // Before the frames: the response may come at once. Partner: OnResponseEnded in the read loop, which finds this call under the lock
        // of the connection, under which the frames are sent.
        _isRequestEnded = first == body.Length;
        _ = _sender.Credit.Take(first);
        try
        {
            var isBegun = connection.TryBegin(this, _template!, _headers, body.Span[..first], _isRequestEnded, out var drained);
            if (isBegun && _isRequestEnded)
            {
                ReleaseRequest();
                return;
            }

            _isSentInParts = true;
            _ = SendInPartsAsync(isBegun ? null : drained, body, first);
        }
        catch (HttpRequestException exception)
        {
            ReleaseRequest();
            Fail(exception, isUnprocessed: true);
        }
    }

    /// <param name="drained">When to try again to begin; null where it has begun.</param>
    /// <param name="body">All of the request.</param>
    /// <param name="first">How much of it goes with the headers.</param>
    private async Task SendInPartsAsync(Task? drained, ReadOnlyMemory<byte> body, int first)
    {
        try
        {
            while (drained is not null)
            {
                // Also the end of the call ends the wait.
                await Task.WhenAny(drained, _sender.Credit.WaitForCloseAsync()).ConfigureAwait(false);
                var isBegun = connection.TryBegin(this, _template!, _headers, body.Span[..first], first == body.Length, out drained);
                drained = isBegun ? null : drained;
            }

            if (first < body.Length)
            {
                await _sender.SendAsync(body[first..], default, isEnd: true, CancellationToken.None).ConfigureAwait(false);
                OnRequestEnded();
            }
        }
        catch (HttpRequestException exception)
        {
            Fail(exception, isUnprocessed: Number == 0);
        }
#pragma warning disable CA1031 // Whatever it is, the call must end with it.
        catch (Exception exception)
#pragma warning restore CA1031
        {
            Abandon(exception);
        }
        finally
        {
            ReleaseRequest();
        }
    }

    private void OnRequestEnded()
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
    }

    private void ReleaseRequest()
    {
        _headers.Release();
        Writer.Release();
    }
}
