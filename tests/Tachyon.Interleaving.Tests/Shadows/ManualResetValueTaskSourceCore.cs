using System.Threading.Tasks.Sources;
using Tachyon.Interleaving.Exploring;
using Tachyon.Transport.Internal;

namespace Tachyon;

/// <summary>
/// Stands in for the runtime's core of a value task source, with its contract and each of its shared accesses as a step. The real one
/// would queue late continuations to the real thread pool.
/// </summary>
internal struct ManualResetValueTaskSourceCore<T>
{
    private static readonly Action<object?> s_completed = static _ => throw new InvalidOperationException("Only a mark.");

    private Action<object?>? _continuation;
    private object? _state;
    private T? _result;
    private Exception? _exception;
    private bool _isCompleted;

    internal short Version { get; private set; }

    internal bool RunContinuationsAsynchronously { get; init; }

    internal void Reset()
    {
        Execution.Step(new Step("reset", "core", nameof(Reset), 0), Access.Write);
        Version++;
        _continuation = null;
        _state = null;
        _result = default;
        _exception = null;
        _isCompleted = false;
    }

    internal void SetException(Exception exception)
    {
        _exception = exception;
        SetResult(default!);
    }

    internal void SetResult(T result)
    {
        Execution.Step(new Step("complete", "core", nameof(SetResult), 0), Access.Write);
        if (_isCompleted)
        {
            throw Execution.Wrong("a wait was completed twice");
        }

        StoreBuffer.Drain();
        _result = result;
        _isCompleted = true;
        Execution.Step(new Step("take continuation", "core", nameof(SetResult), 0), Access.Write);
        var continuation = _continuation;
        var state = _state;
        if (continuation is null)
        {
            _continuation = s_completed;
        }
        else if (RunContinuationsAsynchronously)
        {
            ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: true);
        }
        else
        {
            continuation(state);
        }
    }

    internal readonly ValueTaskSourceStatus GetStatus(short token)
    {
        Execution.Step(new Step("status", "core", nameof(GetStatus), 0), Access.Read);
        Check(token);
        return _isCompleted && _continuation is not null ? ValueTaskSourceStatus.Succeeded : ValueTaskSourceStatus.Pending;
    }

    internal void OnCompleted(Action<object?> continuation, object? state, short token, ValueTaskSourceOnCompletedFlags flags)
    {
        _ = flags;
        Check(token);
        Execution.Step(new Step("set continuation", "core", nameof(OnCompleted), 0), Access.Write);
        if (_continuation is null)
        {
            _state = state;
            _continuation = continuation;
        }
        else if (ReferenceEquals(_continuation, s_completed))
        {
            ThreadPool.UnsafeQueueUserWorkItem(continuation, state, preferLocal: true);
        }
        else
        {
            throw Execution.Wrong("a wait got two continuations");
        }
    }

    internal readonly T GetResult(short token)
    {
        Check(token);
        return !_isCompleted ? throw Execution.Wrong("a result was taken before it was there")
            : _exception is null ? _result!
            : throw _exception;
    }

    private readonly void Check(short token)
    {
        if (token != Version)
        {
            throw Execution.Wrong("a value task was used after its wait was over");
        }
    }
}
