using Grpc.Abstractions.Tests.Echo;
using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class ClientBaseTests
{
    private readonly List<string> _log = [];

    [Fact]
    public void A_client_sets_the_host_it_is_given()
    {
        var invoker = new RecordingInvoker(_log);
        var client = new TestClient(invoker);

        client.Call();
        Assert.Null(invoker.Host);
        client.WithHost("one").Call();
        Assert.Equal("one", invoker.Host);
        client.WithHost("one").WithHost("two").Call();
        Assert.Equal("two", invoker.Host);
    }

    [Fact]
    public void A_client_without_a_channel_is_good_for_a_mock_only() =>
        Assert.Throws<NotImplementedException>(() => new MockClient().Unary(new EchoRequest()));

    [Fact]
    public void A_client_needs_a_channel_or_an_invoker()
    {
        Assert.Throws<ArgumentNullException>(() => new EchoService.EchoServiceClient((ChannelBase)null!));
        Assert.Throws<ArgumentNullException>(() => new EchoService.EchoServiceClient((CallInvoker)null!));
    }

    [Fact]
    public async Task A_call_hands_out_what_it_is_made_of()
    {
        var call = Calls.Unary(Task.FromResult("response"), _log);

        Assert.Equal("response", await call);
        Assert.Equal("response", await call.ConfigureAwait(true));
        Assert.Equal("1", (await call.ResponseHeadersAsync).GetValue("headers"));
        Assert.Equal("1", call.GetTrailers().GetValue("trailers"));
        Assert.Equal(StatusCode.OK, call.GetStatus().StatusCode);
        call.Dispose();
        Assert.Equal(["disposed"], _log);
    }

    [Fact]
    public async Task A_call_hands_its_state_to_its_callbacks()
    {
        var state = new Metadata { { "state", "1" } };
        using (var call = new AsyncDuplexStreamingCall<string, string>(
            null!,
            null!,
            s => Task.FromResult((Metadata)s),
            s => new Status(StatusCode.OK, ((Metadata)s).GetValue("state")!),
            s => (Metadata)s,
            s => _log.Add(((Metadata)s).GetValue("state")!),
            state))
        {
            Assert.Same(state, await call.ResponseHeadersAsync);
            Assert.Same(state, call.GetTrailers());
            Assert.Equal("1", call.GetStatus().Detail);
        }

        Assert.Equal(["1"], _log);
    }

    [Fact]
    public async Task A_writer_without_cancellation_refuses_tokens_that_cancel()
    {
        IAsyncStreamWriter<string> writer = new ListWriter(_log);
        using var source = new CancellationTokenSource();

        await writer.WriteAsync("a", CancellationToken.None);
        await Assert.ThrowsAsync<NotSupportedException>(() => writer.WriteAsync("b", source.Token));

        Assert.Equal(["a"], _log);
    }

    private sealed class TestClient : ClientBase<TestClient>
    {
        public TestClient(CallInvoker callInvoker)
            : base(callInvoker)
        {
        }

        private TestClient(ClientBaseConfiguration configuration)
            : base(configuration)
        {
        }

        public void Call() => Calls.MakeAll(CallInvoker);

        protected override TestClient NewInstance(ClientBaseConfiguration configuration) => new(configuration);
    }

    private sealed class MockClient : EchoService.EchoServiceClient;

    private sealed class ListWriter(List<string> log) : IAsyncStreamWriter<string>
    {
        public WriteOptions? WriteOptions { get; set; }

        public Task WriteAsync(string message)
        {
            log.Add(message);
            return Task.CompletedTask;
        }
    }
}
