using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.TestPeer;

/// <summary>Loops over the pipes of a connection, used on both sides of the process boundary.</summary>
public static class Traffic
{
    /// <summary>Sends everything back until the other side ends.</summary>
    public static async Task EchoAsync(IDuplexPipe pipe)
    {
        while (true)
        {
            var read = await pipe.Input.ReadAsync().ConfigureAwait(false);
            foreach (var part in read.Buffer)
            {
                pipe.Output.Write(part.Span);
            }

            pipe.Input.AdvanceTo(read.Buffer.End);
            var flush = await pipe.Output.FlushAsync().ConfigureAwait(false);
            if (read.IsCompleted || flush.IsCompleted)
            {
                await pipe.Output.CompleteAsync().ConfigureAwait(false);
                return;
            }
        }
    }

    /// <summary>Writes <paramref name="total"/> bytes of the pattern; returns what was written before the reader was gone.</summary>
    public static async Task<long> SendAsync(PipeWriter output, long total, int seed, int chunk = 16 * 1024)
    {
        long sent = 0;
        while (sent < total)
        {
            var count = (int)Math.Min(chunk, total - sent);
            BytePattern.Fill(output.GetSpan(count)[..count], sent, seed);
            output.Advance(count);
            sent += count;
            var flush = await output.FlushAsync().ConfigureAwait(false);
            if (flush.IsCompleted)
            {
                break;
            }
        }

        return sent;
    }

    /// <summary>Reads and checks the pattern up to the end of the stream; returns the count.</summary>
    public static async Task<long> ReceiveAsync(PipeReader input, int seed, long limit = long.MaxValue)
    {
        long received = 0;
        while (true)
        {
            var read = await input.ReadAsync().ConfigureAwait(false);
            BytePattern.Check(read.Buffer, received, seed);
            received += read.Buffer.Length;
            input.AdvanceTo(read.Buffer.End);
            if (read.IsCompleted || received >= limit)
            {
                return received;
            }
        }
    }
}
