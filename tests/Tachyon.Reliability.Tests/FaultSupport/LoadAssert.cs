using Grpc.Core;
using Tachyon.TestHost.Faults;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.Reliability.Tests.FaultSupport;

/// <summary>What must come of calls whose peer dies.</summary>
internal static class LoadAssert
{
    /// <summary>Every lane ends, and none in another way than a call may end whose server is gone.</summary>
    /// <param name="load">The calls.</param>
    /// <param name="what">What happened to the server.</param>
    /// <param name="lastWord">What the server may have said itself on its way down.</param>
    internal static async Task<IReadOnlyList<LaneEnd>> AllEndAsync(
        MixedLoad load, string what, StatusCode lastWord = StatusCode.Unavailable)
    {
        var ends = await load.EndAsync().Within($"the end of all calls: {what}");
        AllEnded(load.Lanes, ends, what, lastWord);
        return ends;
    }

    /// <summary>As <see cref="AllEndAsync"/>, of a load in another process.</summary>
    internal static void AllEnded(int lanes, IReadOnlyList<LaneEnd> ends, string what, StatusCode lastWord = StatusCode.Unavailable)
    {
        Assert.Equal(lanes, ends.Count);
        Assert.All(ends, end => Assert.True(
            end.Status is StatusCode.Unavailable or StatusCode.Cancelled || end.Status == lastWord,
            $"{what}: a call of the lane '{end.Lane}' ended with {end.Status} {end.Detail}"));
    }

    /// <summary>A call that must succeed, with its content.</summary>
    internal static async Task ServesAsync(ChannelBase channel, int size = 100_000, string what = "a call to a live server")
    {
        var reply = await new Echo.EchoClient(channel).UnaryAsync(Content.Create(size, size)).ResponseAsync.Within(what);
        Assert.Null(Content.Difference(reply, size, size));
    }
}
