using Tachyon.Transport.Internal.Waiting;

namespace Tachyon.Transport.Tests.Waiting;

/// <summary>Work that a peer can make wait holds up work for peers of the same user only.</summary>
public sealed class PeerThreadTests
{
    private const uint Stuck = 4_000_021;
    private const uint Other = 4_000_022;

    [Fact]
    public async Task Work_that_waits_holds_up_its_own_user_only()
    {
        using var answer = new ManualResetEventSlim();
        var behind = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var beside = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        PeerThread.Run(Stuck, answer.Wait);
        PeerThread.Run(Stuck, behind.SetResult);
        PeerThread.Run(Other, beside.SetResult);

        await beside.Task.Within("work for another user");
        Assert.False(behind.Task.IsCompleted);

        answer.Set();
        await behind.Task.Within("work behind the one that waited");
    }

    [Fact]
    public async Task Work_does_not_run_on_the_thread_pool()
    {
        var thread = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
        PeerThread.Run(Other, () => thread.SetResult(Thread.CurrentThread.IsThreadPoolThread));
        Assert.False(await thread.Task.Within());
    }
}
