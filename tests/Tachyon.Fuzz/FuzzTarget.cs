using System.IO.Pipelines;

namespace Tachyon.Fuzz;

/// <summary>A side of a connection in direct mode, which gets an input in place of the bytes of its peer.</summary>
public sealed class FuzzTarget
{
    // Splits the header of a frame, and most payloads.
    private const int PartLength = 7;

    // A frame without a payload opens a stream, and a byte of its data takes a block of a pipe.
    private const int MaxAllocatedOnce = 1024 * 1024;
    private const int MaxAllocatedPerByte = 2048;

    // Blocks of a few bytes: what the sides read has many segments.
    private static readonly PipeOptions s_inline = new(
        readerScheduler: PipeScheduler.Inline,
        writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0,
        minimumSegmentSize: 16,
        useSynchronizationContext: false);

    private readonly Func<FuzzPipes, ISide> _create;

    private FuzzTarget(Func<FuzzPipes, ISide> create) => _create = create;

    /// <summary>By the name of the side that reads.</summary>
    public static IReadOnlyDictionary<string, FuzzTarget> All { get; } = new Dictionary<string, FuzzTarget>
    {
        ["server"] = new(static pipes => new ServerSide(pipes)),
        ["client"] = new(static pipes => new ClientSide(pipes)),
    };

    /// <summary>Feeds a side with the input at once, and another one with it in parts.</summary>
    /// <returns>The code of the rule that the input breaks; null where it breaks none.</returns>
    /// <exception cref="FindingException">The input is a finding.</exception>
    public string? Run(byte[] input)
    {
        ArgumentNullException.ThrowIfNull(input);
        var whole = Run(input, Math.Max(1, input.Length));
        var inParts = Run(input, PartLength);
        return whole == inParts
            ? whole
            : throw new FindingException($"At once the input ends with '{whole}', in parts of {PartLength} bytes with '{inParts}'.");
    }

    private string? Run(byte[] input, int partLength)
    {
        using var thrown = new ThrownExceptions();
        var before = GC.GetAllocatedBytesForCurrentThread();
        var pipe = new Pipe(s_inline);
        var side = _create(new FuzzPipes(pipe.Reader));
        for (var at = 0; at < input.Length; at += partLength)
        {
            // Complete at once: there is no threshold.
            _ = pipe.Writer.WriteAsync(input.AsMemory(at, Math.Min(partLength, input.Length - at))).AsTask();
            side.Receive();
        }

        pipe.Writer.Complete();
        side.Receive();
        if (thrown.Unexpected is { } exception)
        {
            throw new FindingException($"The input causes {exception.GetType().Name}.", exception);
        }

        var allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated <= MaxAllocatedOnce + ((long)MaxAllocatedPerByte * input.Length)
            ? thrown.Violation
            : throw new FindingException($"An input of {input.Length} bytes allocates {allocated} bytes.");
    }
}
