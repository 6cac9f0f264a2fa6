using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>TLS, on the client's side.</summary>
public sealed class SslCredentials : ChannelCredentials
{
    private readonly VerifyPeerCallback? _verifyPeerCallback;

    /// <summary>TLS with the default roots and without a client certificate.</summary>
    public SslCredentials()
        : this(null)
    {
    }

    /// <summary>TLS with these roots, in PEM; null for the default ones.</summary>
    public SslCredentials(string? rootCertificates)
        : this(rootCertificates, null)
    {
    }

    /// <summary>TLS with these roots and a client certificate.</summary>
    public SslCredentials(string? rootCertificates, KeyCertificatePair? keyCertificatePair)
        : this(rootCertificates, keyCertificatePair, null)
    {
    }

    /// <summary>TLS with these roots, a client certificate, and a check of the server of one's own.</summary>
    public SslCredentials(string? rootCertificates, KeyCertificatePair? keyCertificatePair, VerifyPeerCallback? verifyPeerCallback)
    {
        RootCertificates = rootCertificates;
        KeyCertificatePair = keyCertificatePair;
        _verifyPeerCallback = verifyPeerCallback;
    }

    /// <summary>The roots, in PEM, or null.</summary>
    public string? RootCertificates { get; }

    /// <summary>The client certificate, or null.</summary>
    public KeyCertificatePair? KeyCertificatePair { get; }

    /// <inheritdoc />
    public override void InternalPopulateConfiguration(ChannelCredentialsConfiguratorBase configurator, object state) =>
        configurator.SetSslCredentials(state, RootCertificates, KeyCertificatePair, _verifyPeerCallback);
}

/// <summary>A certificate with its private key, both in PEM.</summary>
public sealed class KeyCertificatePair
{
    /// <summary>Creates a pair.</summary>
    public KeyCertificatePair(string certificateChain, string privateKey)
    {
        CertificateChain = GrpcPreconditions.CheckNotNull(certificateChain, nameof(certificateChain));
        PrivateKey = GrpcPreconditions.CheckNotNull(privateKey, nameof(privateKey));
    }

    /// <summary>The certificate and its chain.</summary>
    public string CertificateChain { get; }

    /// <summary>The private key.</summary>
    public string PrivateKey { get; }
}

/// <summary>Decides on the server of a TLS connection, on top of the usual checks.</summary>
/// <param name="context">The server.</param>
/// <returns>Whether to trust it.</returns>
public delegate bool VerifyPeerCallback(VerifyPeerContext context);

/// <summary>The server that a <see cref="VerifyPeerCallback" /> is asked about. Only gRPC creates it.</summary>
public class VerifyPeerContext
{
    internal VerifyPeerContext(string targetName, string peerPem)
    {
        TargetName = targetName;
        PeerPem = peerPem;
    }

    /// <summary>The name of the target.</summary>
    public string TargetName { get; }

    /// <summary>The server's certificate, in PEM.</summary>
    public string PeerPem { get; }
}
