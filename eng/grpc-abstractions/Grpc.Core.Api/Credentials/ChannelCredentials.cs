using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>How a channel secures its connection, and what its calls are authenticated with.</summary>
public abstract class ChannelCredentials
{
    /// <summary>Creates credentials.</summary>
    public ChannelCredentials()
    {
    }

    /// <summary>No security.</summary>
    public static ChannelCredentials Insecure { get; } = new InsecureCredentials();

    /// <summary>TLS with the default settings.</summary>
    public static ChannelCredentials SecureSsl { get; } = new SslCredentials();

    /// <summary>
    /// Combines the security of a channel with credentials for all of its calls. Whether call credentials may go over an
    /// insecure channel is for the channel to decide.
    /// </summary>
    public static ChannelCredentials Create(ChannelCredentials channelCredentials, CallCredentials callCredentials) =>
        new CompositeChannelCredentials(channelCredentials, callCredentials);

    /// <summary>Tells the configurator what these credentials are made of. For implementations of gRPC only.</summary>
    public abstract void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state);

    private sealed class InsecureCredentials : ChannelCredentials
    {
        public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state) =>
            configurator.SetInsecureCredentials(state);
    }

    private sealed class CompositeChannelCredentials(ChannelCredentials channelCredentials, CallCredentials callCredentials)
        : ChannelCredentials
    {
        private readonly ChannelCredentials _channelCredentials =
            GrpcPreconditions.CheckNotNull(channelCredentials, nameof(channelCredentials));

        private readonly CallCredentials _callCredentials =
            GrpcPreconditions.CheckNotNull(callCredentials, nameof(callCredentials));

        public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state) =>
            configurator.SetCompositeCredentials(state, _channelCredentials, _callCredentials);
    }
}
