namespace Tachyon.Frames;

/// <summary>
/// Bytes that the streams of a connection may have in flight or unread beyond <see cref="SendCredit.Initial"/>. Each stream keeps its
/// initial bytes whatever the others do, so that a stream whose reader is slow never stops another.
/// </summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class WindowPool(long size)
{
    private long _left = size;

    /// <summary>Takes as many bytes as there are, at most so many.</summary>
    internal int Take(int most)
    {
        var left = Volatile.Read(ref _left);
        while (true)
        {
            var taken = (int)Math.Min(left, most);
            if (taken <= 0)
            {
                return 0;
            }

            var seen = Interlocked.CompareExchange(ref _left, left - taken, left);
            if (seen == left)
            {
                return taken;
            }

            left = seen;
        }
    }

    internal void Return(int count) => Interlocked.Add(ref _left, count);
}

/// <summary>
/// The credit that the receiver of a stream gives. It follows what the reader has examined: a message that is larger than the window gets
/// through although its reader consumes nothing before it is complete.
/// </summary>
/// <remarks>Thread-safe: the connection receives, the reader examines.</remarks>
internal sealed class ReceiveWindow(WindowPool pool, int maxSize)
{
    private readonly Lock _lock = new();
    private int _size = SendCredit.Initial;

    // What the sender may still send, as far as it knows or will know.
    private int _credit = SendCredit.Initial;
    private int _owed;
    private bool _isOver;
    private bool _isClosed;

    /// <summary>For the next use of a pooled stream. After <see cref="Close"/>.</summary>
    internal void Reset()
    {
        lock (_lock)
        {
            _size = _credit = SendCredit.Initial;
            _owed = 0;
            _isOver = _isClosed = false;
        }
    }

    /// <summary>The sender has sent so much, and more will follow.</summary>
    /// <returns>The credit to give back now.</returns>
    /// <exception cref="FrameException">More than the credit.</exception>
    internal int OnReceived(int count, bool isEnd)
    {
        lock (_lock)
        {
            if (count > _credit)
            {
                throw new FrameException(FrameErrorCode.FlowControlError, $"a stream sends {count} bytes with a credit of {_credit}");
            }

            _credit -= count;
            _isOver |= isEnd;

            // Early, before the sender has to wait: its next bytes then need no round trip.
            return !_isOver && !_isClosed && _credit < _size / 2 ? Grow() : 0;
        }
    }

    /// <summary>The reader has examined so many bytes more.</summary>
    /// <returns>The credit to give back now; 0 while it is little.</returns>
    internal int OnExamined(int count)
    {
        lock (_lock)
        {
            if (_isOver || _isClosed)
            {
                return 0;
            }

            _owed += count;
            return _owed < _size / 2 ? 0 : GiveBack();
        }
    }

    /// <summary>The memory of what was received is free. Idempotent.</summary>
    internal void Close()
    {
        lock (_lock)
        {
            if (!_isClosed)
            {
                _isClosed = true;
                pool.Return(_size - SendCredit.Initial);
            }
        }
    }

    private int Grow()
    {
        var more = pool.Take(maxSize - _size);
        _size += more;
        _credit += more;
        return more;
    }

    private int GiveBack()
    {
        var given = _owed;
        _owed = 0;
        _credit += given;
        return given;
    }
}
