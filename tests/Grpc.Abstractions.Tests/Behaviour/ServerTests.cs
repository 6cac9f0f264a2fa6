using Grpc.Abstractions.Tests.Echo;
using Grpc.Core;

namespace Grpc.Abstractions.Tests.Behaviour;

public sealed class ServerTests
{
    [Fact]
    public void A_definition_binds_its_methods_in_order_with_their_handlers()
    {
        UnaryServerMethod<string, string> unary = (request, _) => Task.FromResult(request);
        ClientStreamingServerMethod<string, string> client = (_, _) => Task.FromResult("");
        ServerStreamingServerMethod<string, string> server = (_, _, _) => Task.CompletedTask;
        DuplexStreamingServerMethod<string, string> duplex = (_, _, _) => Task.CompletedTask;
        var builder = ServerServiceDefinition.CreateBuilder()
            .AddMethod(Method("Unary"), unary)
            .AddMethod(Method("Client"), client)
            .AddMethod(Method("Server"), server)
            .AddMethod(Method("Duplex"), duplex);
        var definition = builder.Build();
        builder.AddMethod(Method("Late"), unary);
        var binder = new RecordingBinder();

        definition.BindService(binder);

        Assert.Equal(["unary Unary", "client Client", "server Server", "duplex Duplex"], binder.Methods);
        Assert.Equal([unary, client, server, duplex], binder.Handlers);
    }

    [Fact]
    public void A_definition_has_each_method_once()
    {
        UnaryServerMethod<string, string> unary = (request, _) => Task.FromResult(request);
        var builder = ServerServiceDefinition.CreateBuilder().AddMethod(Method("Unary"), unary);

        Assert.Throws<ArgumentException>(() => builder.AddMethod(Method("Unary"), unary));
    }

    [Fact]
    public void Generated_services_bind_without_an_implementation()
    {
        var binder = new RecordingBinder();

        EchoService.BindService(binder, null);

        Assert.Equal(["unary Unary", "client ClientStreaming", "server ServerStreaming", "duplex DuplexStreaming"], binder.Methods);
        Assert.All(binder.Handlers, Assert.Null);
    }

    [Fact]
    public void Generated_services_name_their_binding()
    {
        var attribute = Attribute.GetCustomAttribute(typeof(EchoService.EchoServiceBase), typeof(BindServiceMethodAttribute));

        var binding = Assert.IsType<BindServiceMethodAttribute>(attribute);
        Assert.Equal(typeof(EchoService), binding.BindType);
        Assert.Equal("BindService", binding.BindMethodName);
    }

    [Fact]
    public async Task A_server_call_context_forwards_to_its_core()
    {
        var context = new TestContext { Status = Status.DefaultCancelled, WriteOptions = WriteOptions.Default };
        context.UserState["a"] = 1;
        var headers = new Metadata();
        await context.WriteResponseHeadersAsync(headers);

        Assert.Equal("method host peer", $"{context.Method} {context.Host} {context.Peer}");
        Assert.Equal(DateTime.MaxValue, context.Deadline);
        Assert.Equal(StatusCode.Cancelled, context.Status.StatusCode);
        Assert.Same(WriteOptions.Default, context.WriteOptions);
        Assert.Equal(1, context.UserState["a"]);
        Assert.Same(headers, context.Written);
        Assert.False(context.AuthContext.IsPeerAuthenticated);
        Assert.Empty(context.RequestHeaders);
        Assert.Empty(context.ResponseTrailers);
        Assert.False(context.CancellationToken.CanBeCanceled);
        Assert.Throws<NotSupportedException>(() => context.CreatePropagationToken());
    }

    private static Method<string, string> Method(string name) =>
        new(MethodType.Unary, "package.Service", name, Marshallers.StringMarshaller, Marshallers.StringMarshaller);

    private sealed class RecordingBinder : ServiceBinderBase
    {
        public List<string> Methods { get; } = [];

        public List<object?> Handlers { get; } = [];

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, UnaryServerMethod<TRequest, TResponse>? handler) =>
            Record("unary", method, handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ClientStreamingServerMethod<TRequest, TResponse>? handler) =>
            Record("client", method, handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, ServerStreamingServerMethod<TRequest, TResponse>? handler) =>
            Record("server", method, handler);

        public override void AddMethod<TRequest, TResponse>(
            Method<TRequest, TResponse> method, DuplexStreamingServerMethod<TRequest, TResponse>? handler) =>
            Record("duplex", method, handler);

        private void Record(string kind, IMethod method, object? handler)
        {
            Methods.Add($"{kind} {method.Name}");
            Handlers.Add(handler);
        }
    }

    private sealed class TestContext : ServerCallContext
    {
        public Metadata? Written { get; private set; }

        protected override string MethodCore => "method";

        protected override string HostCore => "host";

        protected override string PeerCore => "peer";

        protected override DateTime DeadlineCore => DateTime.MaxValue;

        protected override Metadata RequestHeadersCore => Metadata.Empty;

        protected override CancellationToken CancellationTokenCore => CancellationToken.None;

        protected override Metadata ResponseTrailersCore { get; } = [];

        protected override Status StatusCore { get; set; }

        protected override WriteOptions? WriteOptionsCore { get; set; }

        protected override AuthContext AuthContextCore { get; } = new(null, []);

        protected override Task WriteResponseHeadersAsyncCore(Metadata responseHeaders)
        {
            Written = responseHeaders;
            return Task.CompletedTask;
        }

        protected override ContextPropagationToken CreatePropagationTokenCore(ContextPropagationOptions? options) =>
            throw new NotSupportedException();
    }
}
