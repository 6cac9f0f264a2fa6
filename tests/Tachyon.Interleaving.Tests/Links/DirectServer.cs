using System.Buffers;
using System.IO.Pipelines;
using Tachyon.Frames;
using Tachyon.Interleaving.Exploring;

namespace Tachyon.Interleaving.Links;

/// <summary>
/// What a client's connection in direct mode reads: frames that are there when the client has begun the stream that they are for, and then
/// the end. A thread of the explorer waits here for what comes next.
/// </summary>
internal sealed class DirectServer(FrameRecorder sent) : PipeReader
{
    private static readonly Step s_wait = new("wait", "input", nameof(DirectServer), 0);

    private readonly Queue<(Func<bool> IsDue, byte[] Bytes)> _reads = [];

    /// <summary>No further stream begins: what waits for one never comes.</summary>
    internal bool IsClosing { get; set; }

    /// <summary>One read of the connection.</summary>
    /// <param name="stream">That must have begun before.</param>
    /// <param name="frames">What it brings.</param>
    internal void Sends(uint stream, params (FrameType Type, FrameFlags Flags, uint Stream, byte[] Payload)[] frames)
    {
        var bytes = new ArrayBufferWriter<byte>();
        foreach ((var type, var flags, var number, var payload) in frames)
        {
            new FrameHeader(payload.Length, type, flags, 0, number).Write(bytes.GetSpan(FrameHeader.Size));
            bytes.Advance(FrameHeader.Size);
            bytes.Write(payload);
        }

        _reads.Enqueue((
            () => sent.Frames.Any(frame => frame.Type == FrameType.Headers && frame.Stream == stream),
            bytes.WrittenSpan.ToArray()));
    }

    public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
    {
        if (_reads.TryDequeue(out var read))
        {
            Execution.BlockUntil(s_wait, () => read.IsDue() || IsClosing);
        }

        return new(read.Bytes is not null && read.IsDue()
            ? new ReadResult(new ReadOnlySequence<byte>(read.Bytes), isCanceled: false, isCompleted: false)
            : new ReadResult(default, isCanceled: false, isCompleted: true));
    }

    public override void AdvanceTo(SequencePosition consumed) => throw new NotSupportedException();

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Each read has whole frames.
    }

    public override bool TryRead(out ReadResult result) => throw new NotSupportedException();

    public override void CancelPendingRead() => throw new NotSupportedException();

    public override void Complete(Exception? exception = null) => throw new NotSupportedException();
}
