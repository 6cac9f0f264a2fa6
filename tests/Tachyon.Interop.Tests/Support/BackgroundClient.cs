using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.Interop.Tests.Support;

/// <summary>A client of this process that calls the same server as the foreign one, all the while, and checks each answer.</summary>
internal sealed class BackgroundClient : IAsyncDisposable
{
    private readonly TaskCompletionSource _called = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _stopping = new();
    private readonly Task _calling;
    private int _calls;

    private BackgroundClient(GrpcChannel channel)
    {
        _calling = Task.Run(() => CallAsync(channel));
    }

    public int Calls => Volatile.Read(ref _calls);

    /// <summary>Returns when the first calls have been answered.</summary>
    public static async Task<BackgroundClient> StartAsync(GrpcChannel channel)
    {
        var neighbor = new BackgroundClient(channel);
        await (await Task.WhenAny(neighbor._called.Task, neighbor._calling).Within("the first calls of the neighbor"));
        return neighbor;
    }

    /// <summary>Ends after the call under way; fails as that one does.</summary>
    public async Task StopAsync()
    {
        await _stopping.CancelAsync();
        await _calling.Within("the end of the neighbor's calls");
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await ((Task)_calling.ContinueWith(static task => task.Exception, TaskScheduler.Default)).Within("the end of the neighbor");
        _stopping.Dispose();
    }

    private async Task CallAsync(GrpcChannel channel)
    {
        var echo = new Echo.EchoClient(channel);
        for (var index = 0; !_stopping.IsCancellationRequested; index++)
        {
            var size = index % 10 == 0 ? 300_000 : 500;
            Assert.Null(Content.Difference(await echo.UnaryAsync(Content.Create(index, size)), index, size));
            using var conversation = echo.Duplex();
            await conversation.RequestStream.WriteAsync(Content.Create(index, 100));
            await conversation.RequestStream.CompleteAsync();
            Assert.True(await conversation.ResponseStream.MoveNext());
            Assert.Null(Content.Difference(conversation.ResponseStream.Current, index, 100));
            Assert.False(await conversation.ResponseStream.MoveNext());
            Interlocked.Increment(ref _calls);
            _called.TrySetResult();

            // Beside the foreign client, not instead of it: the machine may have two cores.
            await Task.Delay(1);
        }
    }
}
