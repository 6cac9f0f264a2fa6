using System.IO.Pipelines;
using Tachyon.Transport;

namespace Tachyon.Interleaving.Links;

/// <summary>How reading a stream ended.</summary>
internal enum Ending
{
    /// <summary>The end of the stream.</summary>
    Finished,

    /// <summary>The peer reset the connection, or died.</summary>
    Reset,

    /// <summary>This side completed or disposed the reader.</summary>
    Closed,

    /// <summary>This side failed the connection.</summary>
    Failed,
}

internal static class EndingReader
{
    /// <summary>The failure that scenarios give.</summary>
    internal sealed class GivenFailure : Exception;

    /// <summary>Reads to the end, in order.</summary>
    internal static async Task<(long Count, Ending Ending)> DrainAsync(this PipeReader reader)
    {
        long position = 0;
        try
        {
            while (true)
            {
                var read = await reader.ReadAsync();
                BytePattern.Check(read.Buffer, position);
                position += read.Buffer.Length;
                var ended = read.IsCompleted && read.Buffer.IsEmpty;
                Assert.False(read.IsCanceled, "no cancellation was made");
                Assert.True(ended || !read.Buffer.IsEmpty, "a read ended with nothing");
                reader.AdvanceTo(read.Buffer.End);
                if (ended)
                {
                    return (position, Ending.Finished);
                }
            }
        }
        catch (TachyonConnectionResetException)
        {
            return (position, Ending.Reset);
        }
        catch (InvalidOperationException)
        {
            return (position, Ending.Closed);
        }
        catch (GivenFailure)
        {
            return (position, Ending.Failed);
        }
    }

    /// <summary>Reads to the end, in order.</summary>
    internal static async Task<(long Count, Ending Ending)> DrainAsync(this Stream stream)
    {
        var buffer = new byte[64];
        long position = 0;
        try
        {
            while (true)
            {
                var count = await stream.ReadAsync(buffer);
                if (count == 0)
                {
                    return (position, Ending.Finished);
                }

                BytePattern.Check(buffer.AsSpan(0, count), position);
                position += count;
            }
        }
        catch (TachyonConnectionResetException)
        {
            return (position, Ending.Reset);
        }
        catch (ObjectDisposedException)
        {
            return (position, Ending.Closed);
        }
        catch (GivenFailure)
        {
            return (position, Ending.Failed);
        }
    }
}
