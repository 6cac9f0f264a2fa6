using System.Buffers;
using System.IO.Pipelines;
using Tachyon.Frames;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Interleaving.Links;

/// <summary>The output of a connection: keeps the frames written. While it is full, a flush waits for <see cref="Drain"/>.</summary>
internal sealed class FrameRecorder(bool isFull = false) : PipeWriter
{
    private static readonly Step s_drain = new("drain", "output", nameof(FrameRecorder), 0);

    private readonly ArrayBufferWriter<byte> _bytes = new();
    private TaskCompletionSource<FlushResult>? _flush;
    private bool _isFull = isFull;
    private FlushResult _result;

    /// <summary>Headers of the frames so far.</summary>
    internal IReadOnlyList<FrameHeader> Frames
    {
        get
        {
            List<FrameHeader> frames = [];
            for (var rest = _bytes.WrittenSpan; rest.Length > 0; rest = rest[(FrameHeader.Size + frames[^1].Length)..])
            {
                frames.Add(FrameHeader.Read(rest));
            }

            return frames;
        }
    }

    /// <summary>Bytes of DATA so far.</summary>
    internal int DataLength => Frames.Where(static frame => frame.Type == FrameType.Data).Sum(static frame => frame.Length);

    /// <summary>The peer reads: the flush that waits completes, and no later one waits.</summary>
    internal void Drain() => Complete(new FlushResult(isCanceled: false, isCompleted: false));

    /// <summary>The peer is gone.</summary>
    internal void End() => Complete(new FlushResult(isCanceled: false, isCompleted: true));

    public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
    {
        Execution.Step(s_drain, Access.Write);
        if (!_isFull)
        {
            return new ValueTask<FlushResult>(_result);
        }

        _flush = new TaskCompletionSource<FlushResult>();
        return new ValueTask<FlushResult>(_flush.Task);
    }

    public override Memory<byte> GetMemory(int sizeHint = 0) => _bytes.GetMemory(sizeHint);

    public override Span<byte> GetSpan(int sizeHint = 0) => _bytes.GetSpan(sizeHint);

    public override void Advance(int bytes) => _bytes.Advance(bytes);

    public override void CancelPendingFlush() => throw new NotSupportedException();

    public override void Complete(Exception? exception = null) => throw new NotSupportedException();

    private void Complete(FlushResult result)
    {
        Execution.Step(s_drain, Access.Write);
        _isFull = false;
        _result = result;
        _flush?.SetResult(result);
    }
}
