using Grpc.Core;
using Tachyon.Conformance.Tests.Support;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.Conformance.Tests;

/// <summary>Deadlines end calls on both sides.</summary>
public sealed class DeadlineTests
{
    // Long enough for the calls to reach a server that is up; no assertion is made on how long they really take.
    private static readonly TimeSpan s_deadline = TimeSpan.FromSeconds(1);

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Deadline_ends_calls_of_every_kind_on_both_sides(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the first call");

        var deadline = new CallOptions(deadline: DateTime.UtcNow + s_deadline);
        foreach (var call in HeldCall.Kinds.Select(kind => HeldCall.Open(kind, channel, deadline)).ToList())
        {
            // On a machine that is too busy a call may end before the server has heard of it.
            var probe = server.Probe.Call(call.Id);
            await Task.WhenAny(probe.Started, call.Completion).Within($"the start of the {call.Kind} call in the server, or its end");

            // The server keeps the deadline too, and may be first: it sends the status and then resets the stream. HttpClient drops a
            // status that the application has not read yet when the reset comes while the request is still open; our transport brings both
            // at once more often.
            StatusCode[] ends = call.Kind is CallKind.ClientStream or CallKind.Duplex
                ? [StatusCode.DeadlineExceeded, StatusCode.Cancelled]
                : [StatusCode.DeadlineExceeded];
            await CallAssert.FailsAsync(call.Completion, $"the {call.Kind} call past its deadline", ends);
            if (probe.Started.IsCompleted)
            {
                await probe.Cancelled.Within($"the cancellation of the {call.Kind} call in the server");
                Assert.NotEqual(DateTime.MaxValue, probe.Deadline);
            }

            call.Dispose();
        }

        // The connection is as good as before.
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call after the deadlines");
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Deadline_in_the_past_fails_without_a_call(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        using var call = HeldCall.Open(CallKind.Unary, channel, new CallOptions(deadline: DateTime.UtcNow.AddMinutes(-1)));

        await CallAssert.FailsAsync(call.Completion, "a call whose deadline has passed", StatusCode.DeadlineExceeded);
        Assert.False(server.Probe.Call(call.Id).Started.IsCompleted);
    }

    [Theory]
    [OverTransports(Invoker = true)]
    public async Task Deadline_that_is_met_changes_nothing(TransportKind transport)
    {
        await using var server = await TestServer.StartAsync(transport);
        using var channel = server.CreateChannel();

        var reply = await new Echo.EchoClient(channel)
            .UnaryAsync(new Payload { Index = 3 }, deadline: DateTime.UtcNow + Watchdog.Limit)
            .ResponseAsync.Within("the reply");

        Assert.Equal(3, reply.Index);
    }
}
