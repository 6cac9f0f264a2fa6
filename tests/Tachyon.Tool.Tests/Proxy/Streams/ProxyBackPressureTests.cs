using System.Globalization;
using System.Runtime.InteropServices;
using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Streams;

/// <summary>A reader that stops stops the writer behind the proxy, which holds nothing but its rings and buffers.</summary>
[Trait("Category", "Long")]
public sealed class ProxyBackPressureTests
{
    private const int Total = 64 * 1024 * 1024;

    // Rings of 1 MiB on the Tachyon sides, and what the kernel grants sockets: up to 6 MB each way over TCP by default.
    private const int MostUnderWay = 24 * 1024 * 1024;
    private const int MostMemory = 8 * 1024 * 1024;

    [Theory]
    [MemberData(nameof(Chain.Pairs), MemberType = typeof(Chain))]
    public async Task Reader_that_stops_stops_the_writer(string outside, string inside)
    {
        await using var chain = await Chain.StartAsync(outside, inside);
        var process = chain.Proxy.Id.ToString(CultureInfo.InvariantCulture);
        foreach (var fromClient in new[] { true, false })
        {
            (var client, var target) = await chain.ConnectAsync();
            await using (client)
            await using (target)
            {
                var before = ProcessFacts.AnonymousBytes(process);
                (var writer, var reader) = fromClient ? (client, target) : (target, client);
                var written = new Progress();
                var writing = WriteAsync(writer, written);
                await written.StandsStillAsync();
                Assert.InRange(written.Bytes, 1, MostUnderWay);
                Assert.InRange(ProcessFacts.AnonymousBytes(process) - before, long.MinValue, MostMemory);

                var sum = await SumAsync(reader);
                Assert.Equal(await writing.Within("the end of the writing"), sum);
                Assert.Equal(Total, written.Bytes);
            }
        }
    }

    private static async Task<ulong> WriteAsync(Wire writer, Progress written)
    {
        await Task.Yield();
        var random = new Random(5);
        var block = new byte[64 * 1024];
        ulong sum = 0;
        while (written.Bytes < Total)
        {
            random.NextBytes(block);
            sum = Sum(sum, block);
            await writer.Stream.WriteAsync(block);
            written.Add(block.Length);
        }

        writer.Finish();
        return sum;
    }

    private static async Task<ulong> SumAsync(Wire reader)
    {
        var block = new byte[64 * 1024];
        ulong sum = 0;
        var filled = 0;
        while (true)
        {
            var count = await reader.Stream.ReadAsync(block.AsMemory(filled)).Within("bytes that were held back");
            filled += count;
            if (filled == block.Length)
            {
                sum = Sum(sum, block);
                filled = 0;
            }

            if (count == 0)
            {
                Assert.Equal(0, filled);
                return sum;
            }
        }
    }

    // The order of blocks and the content of each matter.
    private static ulong Sum(ulong sum, byte[] block)
    {
        foreach (var word in MemoryMarshal.Cast<byte, ulong>(block))
        {
            sum = unchecked((sum ^ word) * 1099511628211);
        }

        return sum;
    }

    private sealed class Progress
    {
        private long _bytes;

        internal long Bytes => Volatile.Read(ref _bytes);

        internal void Add(int count) => Interlocked.Add(ref _bytes, count);

        /// <summary>Waits until no more is written for many looks; a writer that is never stopped comes to its end instead.</summary>
        internal async Task StandsStillAsync()
        {
            long last = -1;
            var same = 0;
            await Watchdog.Until(
                () =>
                {
                    same = Bytes == last && last > 0 ? same + 1 : 0;
                    last = Bytes;
                    return same == 200;
                },
                "the stop of the writer");
        }
    }
}
