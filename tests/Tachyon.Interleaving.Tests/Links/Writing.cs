using System.IO.Pipelines;

namespace Tachyon.Interleaving.Links;

internal static class Writing
{
    /// <summary>Writes so many bytes of the pattern, unflushed.</summary>
    internal static void Put(this PipeWriter writer, int count, long position = 0)
    {
        while (count > 0)
        {
            var span = writer.GetSpan();
            var here = Math.Min(count, span.Length);
            BytePattern.Fill(span[..here], position);
            writer.Advance(here);
            position += here;
            count -= here;
        }
    }

    /// <summary>Writes so many bytes and flushes them.</summary>
    internal static async Task<FlushResult> SendAsync(this PipeWriter writer, int count, long position = 0)
    {
        writer.Put(count, position);
        return await writer.FlushAsync();
    }
}
