using System.IO.Pipelines;

namespace Tachyon.Interleaving.Links;

internal static class Reading
{
    /// <summary>Reads until so many bytes came in order.</summary>
    /// <returns>How many reads were canceled on the way.</returns>
    internal static async Task<int> ReceiveAsync(this PipeReader reader, long count, long position = 0)
    {
        var canceled = 0;
        while (count > 0)
        {
            var read = await reader.ReadAsync();
            canceled += read.IsCanceled ? 1 : 0;
            Assert.False(read.IsCompleted, "the stream ended early");
            Assert.True(read.IsCanceled || !read.Buffer.IsEmpty, "a read ended with nothing");
            Assert.True(read.Buffer.Length <= count, "more bytes than were sent");
            BytePattern.Check(read.Buffer, position);
            position += read.Buffer.Length;
            count -= read.Buffer.Length;
            reader.AdvanceTo(read.Buffer.End);
        }

        return canceled;
    }
}
