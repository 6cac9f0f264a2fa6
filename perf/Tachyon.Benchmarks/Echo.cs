using System.Buffers;
using System.IO.Pipelines;

namespace Tachyon.Benchmarks;

/// <summary>The other side of a round trip: sends back what it gets, until the end.</summary>
internal static class Echo
{
    internal static async Task PipeAsync(PipeReader input, PipeWriter output)
    {
        while (true)
        {
            var result = await input.ReadAsync();
            if (result.IsCompleted)
            {
                return;
            }

            foreach (var part in result.Buffer)
            {
                output.Write(part.Span);
            }

            input.AdvanceTo(result.Buffer.End);
            await output.FlushAsync();
        }
    }

    internal static async Task StreamAsync(Stream stream, int bufferSize)
    {
        var buffer = new byte[bufferSize];
        int count;
        while ((count = await stream.ReadAsync(buffer)) > 0)
        {
            await stream.WriteAsync(buffer.AsMemory(0, count));
        }
    }
}
