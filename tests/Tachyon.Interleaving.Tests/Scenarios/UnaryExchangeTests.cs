using System.Runtime.CompilerServices;
using Tachyon.Frames;
using Tachyon.Grpc.Client.Internal.Direct;
using Tachyon.Interleaving.Links;

namespace Tachyon.Interleaving.Scenarios;

/// <summary>
/// Direct mode: a unary call without an HTTP request between its caller, what cancels it, and the reader of the connection. The exchange of
/// a call that ends cleanly serves the next one.
/// </summary>
public sealed class UnaryExchangeTests
{
    private const int Prefix = 5;

    // HTTP status 503.
    private static readonly byte[] s_unavailable = [0xF7, 0x01];

    [Fact]
    public void A_call_completes_once_with_its_own_response_whatever_cancels_it()
        => Explore(
            1,
            static server => server.Sends(1, Headers(1), Message(1, 11), Trailers(1)),
            static (calls, output) =>
            {
                Assert.True(calls[0].HasItsResponse || calls[0].Failure is OperationCanceledException);
                AssertServerKnows(output, calls);
            });

    [Fact]
    public void A_call_that_is_canceled_while_it_begins_is_reset_if_the_server_knows_it()
        => ExploreAll.Schedule(run =>
        {
            var output = new FrameRecorder();
            var client = new DirectClient(output, new DirectServer(output));
            var exchange = client.TryOpen()!;
            run.Thread("caller", () =>
            {
                DirectClient.Write(exchange, 10);
                exchange.Send(int.MaxValue);
            });
            run.Thread("canceller", () => exchange.Abandon(new OperationCanceledException()));
            run.Check(() =>
            {
                Assert.IsType<OperationCanceledException>(exchange.Failure);
                Assert.Equal(0, client.OpenCalls);
                AssertServerKnows(output);
            });
        });

    [Fact]
    public void An_exchange_that_is_used_again_gets_nothing_of_the_call_before()
        => Explore(
            2,
            static server =>
            {
                server.Sends(1, Headers(1), Message(1, 11));
                server.Sends(1, Trailers(1));
                server.Sends(3, Headers(3), Message(3, 33), Trailers(3));
            },
            static (calls, output) =>
            {
                Assert.True(calls[0].HasItsResponse || calls[0].Failure is OperationCanceledException);
                Assert.True(calls[1].HasItsResponse);
                AssertServerKnows(output, calls);
            });

    [Fact]
    public void Two_calls_whose_frames_come_mixed_get_their_own_responses()
        => ExploreAll.Schedule(
            run =>
            {
                var output = new FrameRecorder();
                var server = new DirectServer(output);
                server.Sends(3, Headers(1), Headers(3), Message(1, 11), Message(3, 33), Trailers(1), Trailers(3));
                server.Sends(5, Headers(5), Message(5, 55), Trailers(5));
                var client = new DirectClient(output, server);
                Call[] calls = [new(client), new(client), new(client)];
                run.Async("first", () => RunAsync(server, 10, calls[0], calls[2]));
                run.Async("second", () => calls[1].RunAsync(10));
                run.Thread("connection", client.Connection.Start);
                run.Check(() =>
                {
                    Assert.All(calls, static call => Assert.True(call.HasItsResponse));
                    Assert.Equal([11, 33, 55], calls.Select(static call => call.Response).Order());
                    AssertOver(client, output);
                });
            },
            preemptions: 1);

    [Fact]
    public void End_of_the_connection_ends_a_call_once()
        => Explore(1, static _ => { }, static (calls, _) => Assert.NotNull(calls[0].Failure));

    [Fact]
    public void Headers_that_end_a_call_complete_it_once_whatever_follows()
        => Explore(
            1,
            static server =>
            {
                server.Sends(1, (FrameType.Headers, FrameFlags.None, 1, s_unavailable));
                server.Sends(1, Message(1, 11));
                server.Sends(1, Reset(1));
            },
            static (calls, _) =>
            {
                Assert.Equal(0, calls[0].Response);
                Assert.True(calls[0].Failure is null or OperationCanceledException);
            });

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_request_larger_than_its_credit_and_an_early_response_end_it_once(bool isReset)
        => Explore(
            1,
            server =>
            {
                server.Sends(1, (FrameType.Window, FrameFlags.None, 1, [4, 0, 0, 0]));
                server.Sends(1, isReset ? [Reset(1)] : [Headers(1), Message(1, 11), Trailers(1)]);
            },
            static (calls, output) =>
            {
                Assert.True(calls[0].HasItsResponse || calls[0].Failure is not null);
                Assert.True(output.DataLength <= SendCredit.Initial + 4);
            },
            SendCredit.Initial + 8 - Prefix);

    /// <summary>Explores calls of one caller, one after the other, the first of which is canceled at some time.</summary>
    /// <param name="count">How many.</param>
    /// <param name="script">What the server sends before it closes the connection.</param>
    /// <param name="check">How the calls may have ended.</param>
    /// <param name="length">Of each request.</param>
    /// <param name="name">Of the test.</param>
    private static void Explore(
        int count,
        Action<DirectServer> script,
        Action<Call[], FrameRecorder> check,
        int length = 10,
        [CallerMemberName] string name = "")
        => ExploreAll.Schedule(
            run =>
            {
                var output = new FrameRecorder();
                var server = new DirectServer(output);
                script(server);
                var client = new DirectClient(output, server);
                Call[] calls = [.. Enumerable.Range(0, count).Select(_ => new Call(client))];
                run.Async("caller", () => RunAsync(server, length, calls));
                run.Thread("canceller", calls[0].Cancel);
                run.Thread("connection", client.Connection.Start);
                run.Check(() =>
                {
                    check(calls, output);
                    AssertOver(client, output);
                });
            },
            preemptions: 1,
            name: name);

    /// <summary>Nothing is open, the pipes were given back, and the server was told of no stream that it does not know.</summary>
    private static void AssertOver(DirectClient client, FrameRecorder output)
    {
        Assert.Equal(0, client.OpenCalls);
        Assert.True(client.Disposals > 0);
        HashSet<uint> begun = [];
        foreach (var frame in output.Frames.Where(static frame => frame.Stream != 0))
        {
            Assert.Equal(frame.Type == FrameType.Headers, begun.Add(frame.Stream));
        }
    }

    /// <summary>A stream that has begun either has its response, or the server was told that it is over.</summary>
    private static void AssertServerKnows(FrameRecorder output, params Call[] calls)
    {
        var frames = output.Frames;
        Assert.All(
            frames.Where(static frame => frame.Type == FrameType.Headers),
            begun => Assert.True(
                calls.Any(call => call.HasItsResponse && call.Number == begun.Stream)
                || frames.Any(frame => frame.Type == FrameType.Reset && frame.Stream == begun.Stream)));
    }

    private static async Task RunAsync(DirectServer server, int length, params Call[] calls)
    {
        foreach (var call in calls)
        {
            await call.RunAsync(length);
        }

        server.IsClosing = true;
    }

    private static (FrameType Type, FrameFlags Flags, uint Stream, byte[] Payload) Headers(uint stream)
        => (FrameType.Headers, FrameFlags.Standard, stream, []);

    private static (FrameType Type, FrameFlags Flags, uint Stream, byte[] Payload) Message(uint stream, byte content)
        => (FrameType.Data, FrameFlags.None, stream, [0, 0, 0, 0, 1, content]);

    // CANCEL.
    private static (FrameType Type, FrameFlags Flags, uint Stream, byte[] Payload) Reset(uint stream)
        => (FrameType.Reset, FrameFlags.None, stream, [8, 0, 0, 0]);

    private static (FrameType Type, FrameFlags Flags, uint Stream, byte[] Payload) Trailers(uint stream)
        => (FrameType.Trailers, FrameFlags.Standard | FrameFlags.End, stream, []);

    /// <summary>
    /// What <c>UnaryCall</c> does with an exchange: one lock keeps a cancellation from a later call.
    /// </summary>
    private sealed class Call(DirectClient client)
    {
        private readonly Lock _lock = new();
        private UnaryExchange? _exchange;
        private bool _isOver;
        private bool _isCanceled;

        internal int Response { get; private set; }

        internal bool HasItsResponse => Failure is null && Response == 11 * Number;

        internal uint Number { get; private set; }

        internal Exception? Failure { get; private set; }

        internal async Task RunAsync(int length)
        {
            UnaryExchange exchange;
            lock (_lock)
            {
                if (_isCanceled || client.TryOpen() is not { } opened)
                {
                    Failure = new OperationCanceledException();
                    return;
                }

                _exchange = exchange = opened;
            }

            DirectClient.Write(exchange, length);
            exchange.Send(int.MaxValue);
            await exchange.Completed;
            Number = exchange.Number;
            Failure = exchange.Failure;
            Response = Failure is null ? exchange.ReadMessage(static context => context.PayloadAsNewBuffer())?[0] ?? 0 : 0;
            lock (_lock)
            {
                _isOver = true;
            }

            exchange.Release();
        }

        internal void Cancel()
        {
            lock (_lock)
            {
                _isCanceled = true;
                if (_exchange is { } exchange && !_isOver)
                {
                    exchange.Abandon(new OperationCanceledException());
                }
            }
        }
    }
}
