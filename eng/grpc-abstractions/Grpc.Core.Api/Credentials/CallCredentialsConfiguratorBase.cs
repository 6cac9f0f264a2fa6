namespace Grpc.Core;

/// <summary>What an implementation of gRPC finds out with what <see cref="CallCredentials" /> are made of.</summary>
public abstract class CallCredentialsConfiguratorBase
{
    /// <summary>They are composed of others.</summary>
    public abstract void SetCompositeCredentials(object state, IReadOnlyList<CallCredentials> credentials);

    /// <summary>They ask an interceptor.</summary>
    public abstract void SetAsyncAuthInterceptorCredentials(object state, AsyncAuthInterceptor interceptor);
}
