using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class ReadAllAsyncTests
{
    [Fact]
    public async Task The_messages_come_in_order()
    {
        var texts = new List<string>();
        await foreach (var text in new ListReader("a", "b", "c").ReadAllAsync())
        {
            texts.Add(text);
        }

        Assert.Equal(["a", "b", "c"], texts);
    }

    [Fact]
    public async Task The_token_reaches_the_reads()
    {
        using var source = new CancellationTokenSource();
        var texts = new List<string>();

        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var text in new ListReader("a", "b").ReadAllAsync(source.Token))
            {
                texts.Add(text);
                await source.CancelAsync();
            }
        });

        Assert.Equal(["a"], texts);
    }

    [Fact]
    public async Task The_token_of_the_enumeration_reaches_the_reads()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await Assert.ThrowsAsync<OperationCanceledException>(async () =>
        {
            await foreach (var _ in new ListReader("a").ReadAllAsync().WithCancellation(source.Token))
            {
            }
        });
    }

    [Fact]
    public void A_null_is_refused_at_once() =>
        Assert.Throws<ArgumentNullException>(() => { _ = ((IAsyncStreamReader<string>)null!).ReadAllAsync(); });

    [Fact]
    public async Task A_single_read_needs_no_token()
    {
        var reader = new ListReader("a");

        Assert.True(await reader.MoveNext());
        Assert.Equal("a", reader.Current);
        Assert.False(await reader.MoveNext());
    }

    private sealed class ListReader(params string[] messages) : IAsyncStreamReader<string>
    {
        private int _index = -1;

        public string Current => messages[_index];

        public Task<bool> MoveNext(CancellationToken cancellationToken)
        {
            cancellationToken.ThrowIfCancellationRequested();
            return Task.FromResult(++_index < messages.Length);
        }
    }
}
