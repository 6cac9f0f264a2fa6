using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Transport.Tests.Support;

internal static class PipeExtensions
{
    /// <summary>Writes bytes of the pattern, without flushing.</summary>
    internal static void WritePattern(this PipeWriter writer, int count, long position = 0, int seed = 0)
        => writer.Write(BytePattern.Make(count, position, seed));

    /// <summary>Writes bytes of the pattern and flushes; for what fits into the ring.</summary>
    internal static async Task SendPatternAsync(this PipeWriter writer, int count, long position = 0, int seed = 0)
    {
        writer.WritePattern(count, position, seed);
        var flush = await writer.FlushAsync().Within();
        Assert.False(flush.IsCompleted);
        Assert.False(flush.IsCanceled);
    }

    /// <summary>Reads and consumes exactly <paramref name="count"/> bytes of the pattern.</summary>
    internal static async Task ReceivePatternAsync(this PipeReader reader, long count, long position = 0, int seed = 0)
    {
        while (count > 0)
        {
            var read = await reader.ReadAsync().Within();
            var part = read.Buffer.Slice(0, Math.Min(count, read.Buffer.Length));
            BytePattern.Check(part, position, seed);
            position += part.Length;
            count -= part.Length;
            Assert.False(count > 0 && read.IsCompleted, $"The stream ended {count} bytes early.");
            reader.AdvanceTo(part.End);
        }
    }

    /// <summary>The stream has nothing more and ended in order.</summary>
    internal static async Task AssertEndAsync(this PipeReader reader)
    {
        var read = await reader.ReadAsync().Within();
        Assert.True(read.IsCompleted);
        Assert.True(read.Buffer.IsEmpty);
        reader.AdvanceTo(read.Buffer.End);
    }
}
