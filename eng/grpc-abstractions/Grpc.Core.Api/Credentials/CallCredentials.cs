using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>Authenticates single calls, rather than the connection they go over.</summary>
public abstract class CallCredentials
{
    /// <summary>Combines credentials: each of them adds its part to the call, in order.</summary>
    /// <param name="credentials">Two or more.</param>
    public static CallCredentials Compose(params CallCredentials[] credentials) => new CompositeCallCredentials(credentials);

    /// <summary>Creates credentials that ask the interceptor on every call.</summary>
    public static CallCredentials FromInterceptor(AsyncAuthInterceptor interceptor) => new InterceptorCallCredentials(interceptor);

    /// <summary>Tells the configurator what these credentials are made of. For implementations of gRPC only.</summary>
    public abstract void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object state);

    private sealed class CompositeCallCredentials : CallCredentials
    {
        private readonly CallCredentials[] _credentials;

        public CompositeCallCredentials(CallCredentials[] credentials)
        {
            GrpcPreconditions.CheckNotNull(credentials, nameof(credentials));
            GrpcPreconditions.CheckArgument(credentials.Length > 1, "It takes two or more credentials to compose them.");
            foreach (var part in credentials)
            {
                GrpcPreconditions.CheckNotNull(part, nameof(credentials));
            }

            _credentials = (CallCredentials[])credentials.Clone();
        }

        public override void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object state) =>
            configurator.SetCompositeCredentials(state, _credentials);
    }

    private sealed class InterceptorCallCredentials(AsyncAuthInterceptor interceptor) : CallCredentials
    {
        private readonly AsyncAuthInterceptor _interceptor = GrpcPreconditions.CheckNotNull(interceptor, nameof(interceptor));

        public override void InternalPopulateConfiguration(CallCredentialsConfiguratorBase configurator, object state) =>
            configurator.SetAsyncAuthInterceptorCredentials(state, _interceptor);
    }
}
