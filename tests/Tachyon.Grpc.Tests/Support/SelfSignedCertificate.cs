using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tachyon.Grpc.Tests.Support;

/// <summary>A certificate for localhost that lives as long as the tests do.</summary>
internal static class SelfSignedCertificate
{
    private static readonly Lazy<X509Certificate2> Instance = new(Create);

    public static X509Certificate2 Value => Instance.Value;

    /// <summary>Makes a handler trust it, and nothing else.</summary>
    public static SocketsHttpHandler Trust(SocketsHttpHandler handler)
    {
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _)
            => certificate is not null && certificate.GetRawCertData().AsSpan().SequenceEqual(Value.RawData);
        return handler;
    }

    private static X509Certificate2 Create()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}
