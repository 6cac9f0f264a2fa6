using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class CallOptionsTests
{
    [Fact]
    public void Options_keep_what_they_are_created_with()
    {
        var headers = new Metadata();
        var deadline = DateTime.UtcNow;
        using var source = new CancellationTokenSource();
        var writeOptions = new WriteOptions(WriteFlags.NoCompress | WriteFlags.BufferHint);
        var credentials = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);

        var options = new CallOptions(headers, deadline, source.Token, writeOptions, null, credentials);

        Assert.Same(headers, options.Headers);
        Assert.Equal(deadline, options.Deadline);
        Assert.Equal(source.Token, options.CancellationToken);
        Assert.Same(writeOptions, options.WriteOptions);
        Assert.Null(options.PropagationToken);
        Assert.Same(credentials, options.Credentials);
        Assert.False(options.IsWaitForReady);
    }

    [Fact]
    public void With_changes_a_copy()
    {
        var headers = new Metadata();
        var deadline = DateTime.UtcNow;
        using var source = new CancellationTokenSource();
        var credentials = CallCredentials.FromInterceptor((_, _) => Task.CompletedTask);
        var none = default(CallOptions);

        var all = none.WithHeaders(headers).WithDeadline(deadline).WithCancellationToken(source.Token)
            .WithWriteOptions(WriteOptions.Default).WithCredentials(credentials).WithWaitForReady();

        Assert.Same(headers, all.Headers);
        Assert.Equal(deadline, all.Deadline);
        Assert.Equal(source.Token, all.CancellationToken);
        Assert.Same(WriteOptions.Default, all.WriteOptions);
        Assert.Same(credentials, all.Credentials);
        Assert.True(all.IsWaitForReady);
        Assert.False(all.WithWaitForReady(false).IsWaitForReady);
        Assert.Same(headers, all.WithPropagationToken(null!).Headers);
        Assert.Equal(new CallOptions(), none);
    }

    [Fact]
    public void Propagation_takes_everything_over_by_default()
    {
        Assert.True(ContextPropagationOptions.Default.IsPropagateDeadline);
        Assert.True(ContextPropagationOptions.Default.IsPropagateCancellation);
        Assert.False(new ContextPropagationOptions(propagateDeadline: false).IsPropagateDeadline);
        Assert.Equal(default, WriteOptions.Default.Flags);
    }
}
