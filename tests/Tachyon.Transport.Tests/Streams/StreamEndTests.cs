namespace Tachyon.Transport.Tests.Streams;

/// <summary>Cancellation, half-close, reset and disposal of the stream.</summary>
public sealed class StreamEndTests
{
    private const int Capacity = Pair.DefaultRingSize;

    [Fact]
    public async Task Cancelled_read_loses_nothing()
    {
        await using var pair = Pair.Create();
        var server = pair.Server.GetStream();
        using var source = new CancellationTokenSource();
        var reading = server.ReadAsync(new byte[10], source.Token).AsTask();
        Assert.False(reading.IsCompleted);

        await source.CancelAsync();

        var exception = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => reading.Within());
        Assert.Equal(source.Token, exception.CancellationToken);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await server.ReadAsync(new byte[1], source.Token).Within());
        await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();
        var bytes = new byte[10];
        await server.ReadExactlyAsync(bytes).Within();
        Assert.Equal(BytePattern.Make(10), bytes);
    }

    [Fact]
    public async Task Cancelled_write_ends_and_can_not_end_in_order_any_more()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        using var source = new CancellationTokenSource();
        var writing = client.WriteAsync(BytePattern.Make(2 * Capacity), source.Token).AsTask();
        Assert.False(writing.IsCompleted);

        await source.CancelAsync();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => writing.Within());
        await Assert.ThrowsAnyAsync<OperationCanceledException>(async () => await client.WriteAsync(new byte[1], source.Token).Within());

        // The reader has a part of the write: a FIN after it would pass for the whole.
        client.Dispose();
        var server = pair.Server.GetStream();
        var received = new byte[Capacity];
        await server.ReadExactlyAsync(received).Within();
        BytePattern.Check(received, 0, 0);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await server.ReadAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task Stream_stays_usable_after_many_cancelled_reads_beside_data()
    {
        await using var pair = Pair.Create(TachyonWaitMode.Adaptive);
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        var bytes = new byte[1];
        for (var i = 0; i < 2_000; i++)
        {
            using var source = new CancellationTokenSource();
            var reading = server.ReadAsync(bytes, source.Token).AsTask();
            var cancel = Task.Run(source.Cancel);
            await client.WriteAsync(new byte[] { (byte)i }).Within();
            try
            {
                Assert.Equal(1, await reading.Within());
            }
            catch (OperationCanceledException)
            {
                Assert.Equal(1, await server.ReadAsync(bytes).Within());
            }

            Assert.Equal((byte)i, bytes[0]);
            await cancel.Within();
        }
    }

    [Fact]
    public async Task Half_close_leaves_reading_alone()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        await client.WriteAsync(BytePattern.Make(10)).Within();
        pair.Client.CompleteOutput();
        pair.Client.CompleteOutput();

        var bytes = new byte[10];
        await server.ReadExactlyAsync(bytes).Within();
        Assert.Equal(0, await server.ReadAsync(bytes).Within());
        await server.WriteAsync(BytePattern.Make(10)).Within();
        await client.ReadExactlyAsync(bytes).Within();
        Assert.Equal(BytePattern.Make(10), bytes);
        Assert.False(client.CanWrite);
        Assert.True(client.CanRead);
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.WriteAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task Half_close_beside_a_write_comes_after_it()
    {
        await using var pair = Pair.Create();
        var writing = pair.Client.GetStream().WriteAsync(BytePattern.Make(3 * Capacity)).AsTask();
        pair.Client.CompleteOutput();
        Assert.False(writing.IsCompleted);

        var bytes = new byte[3 * Capacity];
        await pair.Server.GetStream().ReadExactlyAsync(bytes).Within();

        BytePattern.Check(bytes, 0, 0);
        await writing.Within();
        Assert.Equal(0, await pair.Server.GetStream().ReadAsync(bytes).Within());
    }

    [Fact]
    public async Task Dispose_fails_what_is_pending_and_does_not_wait()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var reading = client.ReadAsync(new byte[1]).AsTask();
        var writing = client.WriteAsync(BytePattern.Make(2 * Capacity)).AsTask();
        Assert.False(reading.IsCompleted);
        Assert.False(writing.IsCompleted);

        // The peer neither reads nor writes: a wait here would never end.
        await Task.Run(client.Dispose).Within();

        await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
        await Assert.ThrowsAsync<ObjectDisposedException>(() => writing.Within());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.ReadAsync(new byte[1]).Within());
        await Assert.ThrowsAsync<ObjectDisposedException>(async () => await client.WriteAsync(new byte[1]).Within());
        Assert.False(client.CanRead);
        Assert.False(client.CanWrite);
        client.Dispose();
    }

    [Fact]
    public async Task Dispose_fails_a_pending_read_though_the_peer_answers_its_end_at_once()
    {
        // The peer spins, and is often faster than the disposal; the read must not end as if the peer had ended by itself.
        for (var round = 0; round < 1_000; round++)
        {
            await using var pair = Pair.Create(TachyonWaitMode.Spin, inline: true);
            var client = pair.Client.GetStream();
            var reading = client.ReadAsync(new byte[1]).AsTask();
            var answering = AnswerEndAsync(pair.Server);

            client.Dispose();

            await Assert.ThrowsAsync<ObjectDisposedException>(() => reading.Within());
            await answering.Within();
        }

        static async Task AnswerEndAsync(TachyonConnection server)
        {
            await server.Input.ReadAsync().ConfigureAwait(false);
            await server.Output.CompleteAsync().ConfigureAwait(false);
        }
    }

    [Fact]
    public async Task Disposed_stream_ends_in_order_for_the_peer()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        await client.WriteAsync(BytePattern.Make(Capacity)).Within();
        client.Dispose();

        var bytes = new byte[Capacity];
        var server = pair.Server.GetStream();
        await server.ReadExactlyAsync(bytes).Within();
        BytePattern.Check(bytes, 0, 0);
        Assert.Equal(0, await server.ReadAsync(bytes).Within());
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await server.WriteAsync(bytes).Within());
    }

    [Fact]
    public async Task Disposal_beside_running_operations_never_harms_the_process()
    {
        for (var i = 0; i < 300; i++)
        {
            await using var pair = Pair.Create(i % 2 == 0 ? TachyonWaitMode.Park : TachyonWaitMode.Adaptive, inline: i % 3 == 0);
            var client = pair.Client.GetStream();
            var server = pair.Server.GetStream();
            var writing = Task.Run(() => WriteForeverAsync(client));
            var reading = Task.Run(() => ReadForeverAsync(server));
            await Watchdog.Until(() => pair.Control(0).Head > (ulong)(i * 500));

            await Task.WhenAll(Task.Run(client.Dispose), Task.Run(server.Dispose)).Within();

            Assert.IsAssignableFrom<Exception>(await writing.ContinueWith(static task => task.Exception!.InnerException).Within());
            await reading.ContinueWith(static _ => { }).Within();
        }
    }

    [Fact]
    public async Task Abort_fails_reads_and_writes_with_its_reason()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var reason = new InvalidTimeZoneException();
        var reading = client.ReadAsync(new byte[1]).AsTask();
        var writing = client.WriteAsync(BytePattern.Make(2 * Capacity)).AsTask();

        pair.Client.Abort(reason);

        Assert.Same(reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(() => reading.Within()));
        Assert.Same(reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(() => writing.Within()));
        Assert.Same(reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(async () => await client.ReadAsync(new byte[1]).Within()));
        Assert.Same(reason, await Assert.ThrowsAsync<InvalidTimeZoneException>(async () => await client.WriteAsync(new byte[1]).Within()));
    }

    [Fact]
    public async Task Reset_of_the_peer_comes_after_its_bytes()
    {
        await using var pair = Pair.Create();
        await pair.Client.GetStream().WriteAsync(BytePattern.Make(100)).Within();
        pair.Client.Abort();

        var server = pair.Server.GetStream();
        var bytes = new byte[100];
        await server.ReadExactlyAsync(bytes).Within();
        Assert.Equal(BytePattern.Make(100), bytes);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await server.ReadAsync(bytes).Within());
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await server.WriteAsync(bytes).Within());
    }

    [Fact]
    public async Task Impossible_words_of_the_peer_fail_reads_and_writes()
    {
        await using var pair = Pair.Create();
        var server = pair.Server.GetStream();
        pair.Control(0).Tail = ulong.MaxValue;

        var exception = await Assert.ThrowsAsync<TachyonProtocolException>(async () => await server.ReadAsync(new byte[1]).Within());
        Assert.Same(
            exception, await Assert.ThrowsAsync<TachyonProtocolException>(async () => await server.WriteAsync(new byte[1]).Within()));
    }

    [Fact]
    public async Task Closed_fires_when_the_stream_ends_or_is_disposed()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        client.Dispose();
        Assert.Equal(0, await server.ReadAsync(new byte[1]).Within());

        await Watchdog.Until(() => pair.Client.Closed.IsCancellationRequested);
        await Watchdog.Until(() => pair.Server.Closed.IsCancellationRequested);
        Assert.True(server.CanRead);
    }

    private static async Task WriteForeverAsync(Stream stream)
    {
        var bytes = BytePattern.Make(10_000);
        while (true)
        {
            await stream.WriteAsync(bytes);
        }
    }

    private static async Task ReadForeverAsync(Stream stream)
    {
        var bytes = new byte[7_000];
        while (await stream.ReadAsync(bytes) > 0)
        {
        }
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Write_to_a_peer_that_has_gone_does_not_cost_what_it_had_answered(bool reset)
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        var server = pair.Server.GetStream();
        await server.WriteAsync(BytePattern.Make(1_000)).Within();
        if (reset)
        {
            pair.Server.Abort();
        }

        server.Dispose();

        // HttpClient would give up the connection at an error here, and never look at the answer.
        await client.WriteAsync(new byte[100]).Within();
        var answer = new byte[1_000];
        await client.ReadExactlyAsync(answer).Within();
        Assert.Equal(BytePattern.Make(1_000), answer);
        await client.WriteAsync(new byte[100]).Within();
        if (reset)
        {
            await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await client.ReadAsync(new byte[1]).Within());
        }
        else
        {
            Assert.Equal(0, await client.ReadAsync(new byte[1]).Within());

            // HttpClient still handles what it has read: GOAWAY, and then the end.
            await client.WriteAsync(new byte[16 * 1024]).Within();
        }

        // But a writer that goes on is told that the peer does not read.
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await client.WriteAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task Writes_to_a_peer_that_has_gone_are_dropped_up_to_the_size_of_the_ring()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        pair.Server.GetStream().Dispose();

        await client.WriteAsync(new byte[Capacity - 10]).Within();
        await client.WriteAsync(new byte[10]).Within();
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await client.WriteAsync(new byte[1]).Within());
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Writes_beyond_the_ring_to_a_peer_that_has_gone_do_not_cost_its_last_bytes(bool reset)
    {
        // The writer notices the end long before the reader.
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        await pair.Server.GetStream().WriteAsync(BytePattern.Make(1_000)).Within();
        if (reset)
        {
            pair.Server.Abort();
        }

        pair.Server.GetStream().Dispose();
        for (var i = 0; i < 10; i++)
        {
            await client.WriteAsync(new byte[Capacity]).Within();
        }

        var last = new byte[1_000];
        await client.ReadExactlyAsync(last).Within();
        Assert.Equal(BytePattern.Make(1_000), last);
        await Assert.ThrowsAsync<TachyonConnectionResetException>(async () => await client.WriteAsync(new byte[1]).Within());
    }

    [Fact]
    public async Task Writer_that_never_reads_learns_of_the_end_though_bytes_wait()
    {
        await using var pair = Pair.Create();
        var client = pair.Client.GetStream();
        await pair.Server.GetStream().WriteAsync(BytePattern.Make(1_000)).Within();
        pair.Server.GetStream().Dispose();
        var part = new byte[1024 * 1024];

        async Task WriteAsync()
        {
            for (var i = 0; i < 17; i++)
            {
                await client.WriteAsync(part);
            }
        }

        await Assert.ThrowsAsync<TachyonConnectionResetException>(() => WriteAsync().Within());
    }
}
