namespace Grpc.Core;

/// <summary>What an implementation of gRPC finds out with what <see cref="ChannelCredentials" /> are made of.</summary>
public abstract class ChannelCredentialsConfiguratorBase
{
    /// <summary>They are none.</summary>
    public abstract void SetInsecureCredentials(object state);

    /// <summary>They are TLS; null leaves a setting at its default.</summary>
    public abstract void SetSslCredentials(
        object state, string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback);

    /// <summary>They are channel credentials with call credentials.</summary>
    public abstract void SetCompositeCredentials(
        object state, ChannelCredentials channelCredentials, CallCredentials callCredentials);
}
