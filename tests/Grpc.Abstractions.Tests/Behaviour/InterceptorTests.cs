using Grpc.Core;
using Grpc.Core.Interceptors;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class InterceptorTests
{
    private static readonly string[] Kinds =
    [
        nameof(CallInvoker.BlockingUnaryCall),
        nameof(CallInvoker.AsyncUnaryCall),
        nameof(CallInvoker.AsyncServerStreamingCall),
        nameof(CallInvoker.AsyncClientStreamingCall),
        nameof(CallInvoker.AsyncDuplexStreamingCall),
    ];

    private readonly List<string> _log = [];

    [Fact]
    public void Interceptors_given_together_come_in_the_order_given()
    {
        Calls.MakeAll(new RecordingInvoker(_log).Intercept(Named("a"), Named("b"), Named("c")));

        Assert.Equal(Kinds.SelectMany(kind => new[] { "a", "b", "c", kind }), _log);
    }

    [Fact]
    public void The_interceptor_added_last_comes_first()
    {
        Calls.MakeAll(new RecordingInvoker(_log).Intercept(Named("c")).Intercept(Named("b")).Intercept(Named("a")));

        Assert.Equal(Kinds.SelectMany(kind => new[] { "a", "b", "c", kind }), _log);
    }

    [Fact]
    public void Interceptors_stand_before_a_channel_in_the_same_order()
    {
        var channel = new TestChannel(new RecordingInvoker(_log));

        channel.Intercept(Named("a"), Named("b")).BlockingUnaryCall(Calls.Method, null, default, "request");
        channel.Intercept(Named("c")).BlockingUnaryCall(Calls.Method, null, default, "request");

        Assert.Equal(["a", "b", "BlockingUnaryCall", "c", "BlockingUnaryCall"], _log);
    }

    [Fact]
    public void A_function_replaces_the_headers()
    {
        var invoker = new RecordingInvoker(_log);
        var headers = new Metadata { { "a", "1" } };
        var seen = new List<Metadata>();
        var intercepted = invoker.Intercept(metadata =>
        {
            seen.Add(metadata);
            return [new Metadata.Entry("b", "2")];
        });

        Calls.MakeAll(intercepted, new CallOptions(headers));
        Assert.Equal("2", invoker.Options.Headers!.Single().Value);
        intercepted.BlockingUnaryCall(Calls.Method, null, default, "request");

        Assert.All(seen.Take(5), metadata => Assert.Same(headers, metadata));
        Assert.Empty(seen[5]);
    }

    [Fact]
    public void Interceptors_that_override_nothing_pass_everything_on()
    {
        var invoker = new RecordingInvoker(_log);
        var options = new CallOptions(new Metadata());

        Calls.MakeAll(invoker.Intercept(new PassingInterceptor()), options);

        Assert.Equal(Kinds, _log);
        Assert.Equal(options, invoker.Options);
    }

    [Fact]
    public async Task Server_handlers_that_are_not_overridden_pass_everything_on()
    {
        var interceptor = new PassingInterceptor();

        Assert.Equal("r!", await interceptor.UnaryServerHandler<string, string>("r", null!, (r, _) => Task.FromResult(r + "!")));
        Assert.Equal("c", await interceptor.ClientStreamingServerHandler<string, string>(null!, null!, (_, _) => Task.FromResult("c")));
        await interceptor.ServerStreamingServerHandler<string, string>("s", null!, null!, (r, _, _) => Log(r));
        await interceptor.DuplexStreamingServerHandler<string, string>(null!, null!, null!, (_, _, _) => Log("d"));

        Assert.Equal(["s", "d"], _log);

        Task Log(string text)
        {
            _log.Add(text);
            return Task.CompletedTask;
        }
    }

    [Fact]
    public void Nulls_are_refused()
    {
        var invoker = new RecordingInvoker(_log);

        Assert.Throws<ArgumentNullException>(() => invoker.Intercept((Interceptor)null!));
        Assert.Throws<ArgumentNullException>(() => invoker.Intercept((Interceptor[])null!));
        Assert.Throws<ArgumentNullException>(() => invoker.Intercept(Named("a"), null!));
        Assert.Throws<ArgumentNullException>(() => invoker.Intercept((Func<Metadata, Metadata>)null!));
        Assert.Throws<ArgumentNullException>(() => ((CallInvoker)null!).Intercept(Named("a")));
        Assert.Throws<ArgumentNullException>(() => ((ChannelBase)null!).Intercept(Named("a")));
    }

    private NamedInterceptor Named(string name) => new(name, _log);

    private sealed class PassingInterceptor : Interceptor;

    private sealed class NamedInterceptor(string name, List<string> log) : Interceptor
    {
        public override TResponse BlockingUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            BlockingUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            log.Add(name);
            return base.BlockingUnaryCall(request, context, continuation);
        }

        public override AsyncUnaryCall<TResponse> AsyncUnaryCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncUnaryCallContinuation<TRequest, TResponse> continuation)
        {
            log.Add(name);
            return base.AsyncUnaryCall(request, context, continuation);
        }

        public override AsyncServerStreamingCall<TResponse> AsyncServerStreamingCall<TRequest, TResponse>(
            TRequest request,
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncServerStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            log.Add(name);
            return base.AsyncServerStreamingCall(request, context, continuation);
        }

        public override AsyncClientStreamingCall<TRequest, TResponse> AsyncClientStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncClientStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            log.Add(name);
            return base.AsyncClientStreamingCall(context, continuation);
        }

        public override AsyncDuplexStreamingCall<TRequest, TResponse> AsyncDuplexStreamingCall<TRequest, TResponse>(
            ClientInterceptorContext<TRequest, TResponse> context,
            AsyncDuplexStreamingCallContinuation<TRequest, TResponse> continuation)
        {
            log.Add(name);
            return base.AsyncDuplexStreamingCall(context, continuation);
        }
    }

    private sealed class TestChannel(CallInvoker invoker) : ChannelBase("target")
    {
        public override CallInvoker CreateCallInvoker() => invoker;
    }
}
