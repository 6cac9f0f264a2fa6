namespace Tachyon.Frames;

/// <summary>How many bytes of data one side may still send of a stream.</summary>
/// <remarks>Thread-safe; one sender waits at most.</remarks>
internal sealed class SendCredit
{
    /// <summary>What every stream begins with: a message of 64 KiB needs no further credit.</summary>
    internal const int Initial = 128 * 1024;

    private readonly Lock _lock = new();
    private long _left = Initial;
    private bool _isClosed;
    private TaskCompletionSource? _more;
    private TaskCompletionSource? _closed;

    /// <summary>For the next use of a pooled stream.</summary>
    internal void Reset()
    {
        lock (_lock)
        {
            _left = Initial;
            _isClosed = false;
            _more = _closed = null;
        }
    }

    /// <summary>Takes as many bytes as there are, at most so many.</summary>
    internal int Take(int most)
    {
        lock (_lock)
        {
            var taken = (int)Math.Min(_left, most);
            _left -= taken;
            return taken;
        }
    }

    /// <summary>Returns what was taken and not sent.</summary>
    internal void Return(int count)
    {
        lock (_lock)
        {
            _left += count;
        }
    }

    /// <summary>Waits until there is some, or the stream is closed.</summary>
    internal Task WaitAsync()
    {
        lock (_lock)
        {
            return _left > 0 || _isClosed
                ? Task.CompletedTask
                : (_more = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>Waits until the stream is closed.</summary>
    internal Task WaitForCloseAsync()
    {
        lock (_lock)
        {
            return _isClosed
                ? Task.CompletedTask
                : (_closed ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <exception cref="FrameException">More than a peer may give.</exception>
    internal void Give(uint count)
    {
        TaskCompletionSource? more;
        lock (_lock)
        {
            if (count == 0 || _left + count > int.MaxValue)
            {
                throw new FrameException(FrameErrorCode.FlowControlError, $"a window grows by {count} bytes");
            }

            _left += count;
            more = _more;
            _more = null;
        }

        more?.TrySetResult();
    }

    /// <summary>Ends both waits: nothing more is sent.</summary>
    internal void Close()
    {
        TaskCompletionSource? more;
        TaskCompletionSource? closed;
        lock (_lock)
        {
            _isClosed = true;
            more = _more;
            closed = _closed;
            _more = _closed = null;
        }

        more?.TrySetResult();
        closed?.TrySetResult();
    }
}
