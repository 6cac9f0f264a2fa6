namespace Tachyon.Frames;

/// <summary>Sends one direction of a stream: the frames that open it, then data as the credit of the peer allows.</summary>
/// <remarks>One sender at a time. <see cref="Abort"/> may come from any thread.</remarks>
internal sealed class StreamSender(FrameOutput output)
{
    private FrameBuffer _head;
    private bool _isAborted;

    internal uint Stream { get; set; }

    internal SendCredit Credit { get; } = new();

    /// <summary>Frames that go before the next data, and with it.</summary>
    internal ref FrameBuffer Head => ref _head;

    /// <summary>Whether a sender waits, because the peer does not read. Another thread may see it a moment late.</summary>
    internal bool IsWaiting { get; private set; }

    /// <summary>Nothing more is sent.</summary>
    internal bool IsAborted => Volatile.Read(ref _isAborted);

    /// <summary>Drops what is not sent yet, and ends the wait for it. Any thread.</summary>
    internal void Abort()
    {
        Volatile.Write(ref _isAborted, true);
        Credit.Close();
    }

    /// <summary>For the next use of a pooled stream.</summary>
    internal void Reset()
    {
        _head.Release();
        Credit.Reset();
        Volatile.Write(ref _isAborted, false);
    }

    /// <summary>Sends the head, the data and the tail; together, where the credit and the connection allow it.</summary>
    /// <param name="data">Bytes of the body. Not to be changed until it has completed.</param>
    /// <param name="tail">Whole frames that follow the data.</param>
    /// <param name="isEnd">The data is the last.</param>
    /// <param name="cancellationToken">Ends the wait; what was not sent is lost.</param>
    internal ValueTask SendAsync(ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> tail, bool isEnd, CancellationToken cancellationToken)
    {
        if (IsAborted)
        {
            return default;
        }

        if (data.Length <= FrameHeader.MaxDataLength)
        {
            var credit = Credit.Take(data.Length);
            if (credit == data.Length && TryWrite(data.Span, tail.Span, isEnd, out _))
            {
                return default;
            }

            Credit.Return(credit);
        }

        return SendInPartsAsync(data, tail, isEnd, cancellationToken);
    }

    private async ValueTask SendInPartsAsync(
        ReadOnlyMemory<byte> data, ReadOnlyMemory<byte> tail, bool isEnd, CancellationToken cancellationToken)
    {
        while (!IsAborted)
        {
            var count = Credit.Take(Math.Min(data.Length, FrameHeader.MaxDataLength));
            var isLast = count == data.Length;
            if (count == 0 && !isLast && _head.Length == 0)
            {
                await WaitAsync(Credit.WaitAsync(), cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (!TryWrite(data.Span[..count], isLast ? tail.Span : default, isEnd && isLast, out var drained))
            {
                Credit.Return(count);

                // A peer that reads nothing can still reset the stream, or break a rule: that must not wait for it to read.
                await WaitAsync(Task.WhenAny(drained, Credit.WaitForCloseAsync()), cancellationToken).ConfigureAwait(false);
                continue;
            }

            if (isLast)
            {
                return;
            }

            data = data[count..];
        }
    }

    private async ValueTask WaitAsync(Task more, CancellationToken cancellationToken)
    {
        IsWaiting = true;
        try
        {
            await more.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        finally
        {
            IsWaiting = false;
        }
    }

    private bool TryWrite(ReadOnlySpan<byte> data, ReadOnlySpan<byte> tail, bool isEnd, out Task drained)
    {
        Span<byte> header = stackalloc byte[FrameHeader.Size];
        var hasData = data.Length > 0 || isEnd;
        if (hasData)
        {
            new FrameHeader(data.Length, FrameType.Data, isEnd ? FrameFlags.End : FrameFlags.None, 0, Stream).Write(header);
        }

        if (!output.TryWrite(_head.Written, hasData ? header : default, data, tail, out drained))
        {
            return false;
        }

        _head.Release();
        return true;
    }
}
