using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Reliability.Tests.Hostile;

/// <summary>A reader between a transport and its user that looks again and again at what was handed over, and counts what changed
/// meanwhile.</summary>
internal sealed class StabilityCheck(PipeReader inner, int looks) : PipeReader
{
    private static long s_bytes;
    private static long s_changed;

    private ReadOnlySequence<byte> _shown;
    private byte[]? _first;

    /// <summary>Bytes that were looked at, of all readers.</summary>
    internal static long Bytes => Volatile.Read(ref s_bytes);

    /// <summary>Looks that found something else than the first.</summary>
    internal static long Changed => Volatile.Read(ref s_changed);

    internal static void Reset() => s_bytes = s_changed = 0;

    public override async ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default)
        => Look(await inner.ReadAsync(cancellationToken));

    public override bool TryRead(out ReadResult result)
    {
        var read = inner.TryRead(out result);
        if (read)
        {
            Look(result);
        }

        return read;
    }

    public override void AdvanceTo(SequencePosition consumed) => AdvanceTo(consumed, consumed);

    public override void AdvanceTo(SequencePosition consumed, SequencePosition examined)
    {
        // Its user has worked with it meanwhile.
        Compare();
        _first = null;
        inner.AdvanceTo(consumed, examined);
    }

    public override void CancelPendingRead() => inner.CancelPendingRead();

    public override void Complete(Exception? exception = null) => inner.Complete(exception);

    private ReadResult Look(ReadResult result)
    {
        _shown = result.Buffer;
        _first = _shown.ToArray();
        Interlocked.Add(ref s_bytes, _first.Length);
        for (var i = 0; i < looks; i++)
        {
            Compare();
        }

        return result;
    }

    private void Compare()
    {
        if (_first is null)
        {
            return;
        }

        var at = 0;
        foreach (var part in _shown)
        {
            if (!part.Span.SequenceEqual(_first.AsSpan(at, part.Length)))
            {
                Interlocked.Increment(ref s_changed);
                return;
            }

            at += part.Length;
        }
    }
}
