using Grpc.Core.Interceptors;
using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>The base of generated clients.</summary>
public abstract class ClientBase
{
    private readonly ClientBaseConfiguration _configuration;

    /// <summary>Creates a client without a channel, to be the base of a mock.</summary>
    protected ClientBase()
        : this(new UnimplementedCallInvoker())
    {
    }

    /// <summary>Creates a client with the configuration of another.</summary>
    protected ClientBase(ClientBaseConfiguration configuration)
    {
        _configuration = GrpcPreconditions.CheckNotNull(configuration, nameof(configuration));
        CallInvoker = configuration.CreateCallInvoker();
    }

    /// <summary>Creates a client whose calls go over the channel.</summary>
    public ClientBase(ChannelBase channel)
        : this(GrpcPreconditions.CheckNotNull(channel, nameof(channel)).CreateCallInvoker())
    {
    }

    /// <summary>Creates a client whose calls go through the invoker.</summary>
    public ClientBase(CallInvoker callInvoker)
        : this(new ClientBaseConfiguration(callInvoker, host: null))
    {
    }

    /// <summary>What the calls go through.</summary>
    protected CallInvoker CallInvoker { get; }

    internal ClientBaseConfiguration Configuration => _configuration;

    /// <summary>What one client hands to the next in <c>WithHost</c>. Opaque outside of this assembly.</summary>
    protected internal class ClientBaseConfiguration
    {
        private readonly CallInvoker _undecorated;
        private readonly string? _host;

        internal ClientBaseConfiguration(CallInvoker undecorated, string? host)
        {
            _undecorated = GrpcPreconditions.CheckNotNull(undecorated, "callInvoker");
            _host = host;
        }

        internal CallInvoker CreateCallInvoker() =>
            _host is null ? _undecorated : _undecorated.Intercept(new HostInterceptor(_host));

        internal ClientBaseConfiguration WithHost(string host) => new(_undecorated, host);
    }
}

/// <summary>The base of generated clients, which knows the type of the client.</summary>
/// <typeparam name="T">The client.</typeparam>
public abstract class ClientBase<T> : ClientBase
    where T : ClientBase<T>
{
    /// <summary>Creates a client without a channel, to be the base of a mock.</summary>
    protected ClientBase()
    {
    }

    /// <summary>Creates a client with the configuration of another.</summary>
    protected ClientBase(ClientBaseConfiguration configuration)
        : base(configuration)
    {
    }

    /// <summary>Creates a client whose calls go over the channel.</summary>
    public ClientBase(ChannelBase channel)
        : base(channel)
    {
    }

    /// <summary>Creates a client whose calls go through the invoker.</summary>
    public ClientBase(CallInvoker callInvoker)
        : base(callInvoker)
    {
    }

    /// <summary>A client that sets the host of its calls.</summary>
    public T WithHost(string host) => NewInstance(Configuration.WithHost(GrpcPreconditions.CheckNotNull(host, nameof(host))));

    /// <summary>Creates a client of the same type with another configuration.</summary>
    protected abstract T NewInstance(ClientBaseConfiguration configuration);
}
