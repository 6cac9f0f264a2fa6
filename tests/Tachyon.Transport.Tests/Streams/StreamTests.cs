namespace Tachyon.Transport.Tests.Streams;

/// <summary>The contract of the stream as HttpClient uses it.</summary>
public sealed class StreamTests
{
    private const int Capacity = Pair.DefaultRingSize;

    [Fact]
    public async Task Reads_return_what_is_there_and_no_more_than_fits()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        await client.WriteAsync(BytePattern.Make(10)).Within();
        var bytes = new byte[100];

        Assert.Equal(4, await server.ReadAsync(bytes.AsMemory(0, 4)).Within());
        Assert.Equal(6, await server.ReadAsync(bytes.AsMemory(4)).Within());
        Assert.Equal(BytePattern.Make(10), bytes[..10]);
    }

    [Fact]
    public async Task Zero_byte_read_completes_on_data_only()
    {
        await using var pair = Pair.Create();
        var server = pair.Server.GetStream();
        var zero = server.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(zero.IsCompleted);

        await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();

        Assert.Equal(0, await zero.Within());
        zero = server.ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.True(zero.IsCompletedSuccessfully);
        Assert.Equal(10, await server.ReadAsync(new byte[100]).Within());
        Assert.False(server.ReadAsync(Memory<byte>.Empty).AsTask().IsCompleted);
    }

    [Fact]
    public async Task Zero_byte_read_completes_on_the_end()
    {
        await using var pair = Pair.Create();
        var zero = pair.Server.GetStream().ReadAsync(Memory<byte>.Empty).AsTask();
        Assert.False(zero.IsCompleted);

        pair.Client.GetStream();
        pair.Client.CompleteOutput();

        Assert.Equal(0, await zero.Within());
        Assert.Equal(0, await pair.Server.GetStream().ReadAsync(new byte[1]).Within());
        Assert.Equal(0, await pair.Server.GetStream().ReadAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task Every_write_is_seen_without_a_flush()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        var bytes = new byte[1];
        for (byte i = 0; i < 100; i++)
        {
            var reading = server.ReadAsync(bytes).AsTask();
            await client.WriteAsync(new byte[] { i }).Within();
            Assert.Equal(1, await reading.Within());
            Assert.Equal(i, bytes[0]);
        }

        await client.FlushAsync().Within();
    }

    [Fact]
    public async Task Write_larger_than_the_ring_waits_for_the_reader()
    {
        await using var pair = Pair.Create();
        var writing = pair.Client.GetStream().WriteAsync(BytePattern.Make(10 * Capacity)).AsTask();
        Assert.False(writing.IsCompleted);

        var bytes = new byte[10 * Capacity];
        await pair.Server.GetStream().ReadExactlyAsync(bytes).Within();

        await writing.Within();
        BytePattern.Check(bytes, 0, 0);
    }

    [Fact]
    public async Task Empty_write_is_nothing()
    {
        await using var pair = Pair.Create();
        await pair.Client.GetStream().WriteAsync(ReadOnlyMemory<byte>.Empty).Within();

        Assert.Equal(0ul, pair.Control(0).Tail);
    }

    [Fact]
    public async Task Read_and_write_run_side_by_side()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        var bytes = new byte[10];
        var reading = client.ReadExactlyAsync(bytes).AsTask();
        var writing = client.WriteAsync(BytePattern.Make(2 * Capacity)).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.False(writing.IsCompleted);

        await server.WriteAsync(BytePattern.Make(10)).Within();
        await reading.Within();
        Assert.False(writing.IsCompleted);

        await server.ReadExactlyAsync(new byte[2 * Capacity]).Within();
        await writing.Within();
        Assert.Equal(BytePattern.Make(10), bytes);
    }

    [Fact]
    public async Task Second_read_or_write_beside_one_is_refused_and_harms_nothing()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var bytes = new byte[10];
        var reading = client.ReadAsync(bytes).AsTask();
        var writing = client.WriteAsync(BytePattern.Make(2 * Capacity)).AsTask();

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await client.ReadAsync(new byte[1]).Within());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await client.WriteAsync(new byte[1]).Within());

        var server = pair.Server.GetStream();
        await server.WriteAsync(BytePattern.Make(10)).Within();
        Assert.Equal(10, await reading.Within());
        var received = new byte[2 * Capacity];
        await server.ReadExactlyAsync(received).Within();
        BytePattern.Check(received, 0, 0);
        await writing.Within();
    }

    [Fact]
    public async Task Synchronous_calls_work()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        var bytes = new byte[10];

        await Task.Factory.StartNew(
            () =>
            {
                client.Write(BytePattern.Make(10), 0, 10);
                client.Flush();
                server.ReadExactly(bytes);
            },
            TaskCreationOptions.LongRunning).Within();

        Assert.Equal(BytePattern.Make(10), bytes);
        Assert.False(client.CanSeek);
        Assert.Throws<NotSupportedException>(() => client.Length);
        Assert.Throws<NotSupportedException>(() => client.Seek(0, SeekOrigin.Begin));
    }

    [Fact]
    public async Task Connection_is_used_as_a_stream_or_as_pipes()
    {
        await using var pair = Pair.Create();
        var stream = pair.Client.GetStream();
        Assert.Same(stream, pair.Client.GetStream());
        Assert.Throws<InvalidOperationException>(() => pair.Client.Input);
        Assert.Throws<InvalidOperationException>(() => pair.Client.Output);

        _ = pair.Server.Input;
        Assert.Throws<InvalidOperationException>(() => pair.Server.GetStream());
    }
}
