using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Tachyon.Benchmarks;

/// <summary>What is measured: messages sent one after the other, each received before the next. Allocates nothing itself.</summary>
internal static class Transfer
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal static async ValueTask StreamAsync(Stream output, Stream input, byte[] message, byte[] received, int times)
    {
        for (var i = 0; i < times; i++)
        {
            // Awaited last: a message that fits nowhere is read while it is still being written.
            var write = output.WriteAsync(message);
            var left = message.Length;
            while (left > 0)
            {
                var count = await input.ReadAsync(received);
                left -= count > 0 ? count : throw new EndOfStreamException();
            }

            await write;
        }
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    internal static async ValueTask PipeAsync(PipeWriter output, PipeReader input, byte[] message, int times)
    {
        for (var i = 0; i < times; i++)
        {
            message.CopyTo(output.GetMemory(message.Length));
            output.Advance(message.Length);
            var flush = output.FlushAsync();
            long left = message.Length;
            while (left > 0)
            {
                var result = await input.ReadAsync();
                left -= result.IsCompleted ? throw new EndOfStreamException() : result.Buffer.Length;
                input.AdvanceTo(result.Buffer.End);
            }

            await flush;
        }
    }
}
