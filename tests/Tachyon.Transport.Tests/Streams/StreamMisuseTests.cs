#pragma warning disable CA2012 // Misuse of ValueTasks is what these tests are about.
namespace Tachyon.Transport.Tests.Streams;

/// <summary>Wrong arguments and wrong use of a stream fail in the caller, and harm nothing else.</summary>
public sealed class StreamMisuseTests
{
    [Fact]
    public async Task Wrong_arguments_are_refused()
    {
        await using var pair = Pair.Create();
        var stream = pair.Server.GetStream();
        var bytes = new byte[10];
        Assert.Throws<ArgumentNullException>(() => stream.Read(null!, 0, 0));
        Assert.Throws<ArgumentNullException>(() => stream.Write(null!, 0, 0));
        Assert.Throws<ArgumentNullException>(() => { _ = stream.ReadAsync(null!, 0, 0, default); });
        Assert.Throws<ArgumentNullException>(() => { _ = stream.WriteAsync(null!, 0, 0, default); });
        foreach ((var offset, var count) in ((int, int)[])[(-1, 1), (0, -1), (0, 11), (11, 0), (5, 6)])
        {
            Assert.ThrowsAny<ArgumentOutOfRangeException>(() => stream.Read(bytes, offset, count));
            Assert.ThrowsAny<ArgumentOutOfRangeException>(() => stream.Write(bytes, offset, count));
            Assert.ThrowsAny<ArgumentOutOfRangeException>(() => { _ = stream.ReadAsync(bytes, offset, count, default); });
            Assert.ThrowsAny<ArgumentOutOfRangeException>(() => { _ = stream.WriteAsync(bytes, offset, count, default); });
        }

        await AssertWorksAsync(pair);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Read_that_is_awaited_twice_throws_and_harms_nothing(bool moreData)
    {
        await using var pair = Pair.Create();
        var server = pair.Server.GetStream();
        var bytes = new byte[10];
        var reading = server.ReadAsync(bytes);
        Assert.False(reading.IsCompleted);
        await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();
        Assert.Equal(10, await reading.AsTask().Within());
        if (moreData)
        {
            await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();
        }

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reading.AsTask().Within());
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reading);

        if (moreData)
        {
            await server.ReadExactlyAsync(bytes).Within();
            Assert.Equal(BytePattern.Make(10), bytes);
        }

        await AssertWorksAsync(pair);
    }

    [Fact]
    public async Task Read_that_is_awaited_by_two_at_once_gives_its_result_to_one()
    {
        // An awaiter that throws where the continuation is registered would end the process.
        await using var pair = Pair.Create();
        var bytes = new byte[10];
        var reading = pair.Server.GetStream().ReadAsync(bytes);
        Assert.False(reading.IsCompleted);
        var first = AwaitAsync(reading);
        var second = AwaitAsync(reading);
        await Assert.ThrowsAsync<InvalidOperationException>(() => second.Within());
        Assert.False(first.IsCompleted);

        await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();

        Assert.Equal(10, await first.Within());
        await AssertWorksAsync(pair);
    }

    [Fact]
    public async Task Pipe_read_that_is_awaited_twice_throws_and_harms_nothing()
    {
        await using var pair = Pair.Create();
        var reading = pair.Server.Input.ReadAsync();
        var first = reading.AsTask();
        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reading.AsTask().Within());
        await pair.Client.Output.SendPatternAsync(10);
        var read = await first.Within();
        pair.Server.Input.AdvanceTo(read.Buffer.End);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await reading.AsTask().Within());

        await pair.Client.Output.SendPatternAsync(10);
        await pair.Server.Input.ReceivePatternAsync(10);
    }

    [Fact]
    public async Task Late_second_await_does_not_take_the_result_of_the_next_read()
    {
        await using var pair = Pair.Create();
        var server = pair.Server.GetStream();
        var bytes = new byte[10];
        var old = server.ReadAsync(bytes);
        await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();
        Assert.Equal(10, await old.AsTask().Within());
        var next = server.ReadAsync(bytes).AsTask();
        Assert.False(next.IsCompleted);

        await Assert.ThrowsAsync<InvalidOperationException>(async () => await old);

        await pair.Client.GetStream().WriteAsync(BytePattern.Make(10)).Within();
        Assert.Equal(10, await next.Within());
    }

    [Fact]
    public async Task Write_and_flush_that_are_awaited_twice_harm_nothing()
    {
        await using var pair = Pair.Create();
        var bytes = new byte[2 * Pair.DefaultRingSize];
        var writing = pair.Client.GetStream().WriteAsync(bytes);
        Task[] awaits = [AwaitAsync(writing), AwaitAsync(writing)];
        await pair.Server.GetStream().ReadExactlyAsync(bytes).Within();
        foreach (var task in awaits)
        {
            await task.ContinueWith(static _ => { }, TaskScheduler.Default).Within();
        }

        Assert.Contains(awaits, static task => task.IsCompletedSuccessfully);
        await AssertWorksAsync(pair);
    }

    private static async Task<int> AwaitAsync(ValueTask<int> task) => await task;

    private static async Task AwaitAsync(ValueTask task) => await task;

    private static async Task AssertWorksAsync(Pair pair)
    {
        var bytes = new byte[100];
        await pair.Client.GetStream().WriteAsync(BytePattern.Make(100)).Within();
        await pair.Server.GetStream().ReadExactlyAsync(bytes).Within();
        Assert.Equal(BytePattern.Make(100), bytes);
        await pair.Server.GetStream().WriteAsync(BytePattern.Make(100)).Within();
        await pair.Client.GetStream().ReadExactlyAsync(bytes).Within();
    }
}
