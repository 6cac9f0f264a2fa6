using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tachyon.Testing;

/// <summary>A certificate for localhost that lives as long as the tests do.</summary>
public static class TestCertificate
{
    private static readonly Lazy<X509Certificate2> s_instance = new(Create);

    public static X509Certificate2 Value => s_instance.Value;

    /// <summary>Makes a handler trust it, and nothing else.</summary>
    public static SocketsHttpHandler Trust(SocketsHttpHandler handler)
    {
        ArgumentNullException.ThrowIfNull(handler);
        handler.SslOptions.RemoteCertificateValidationCallback = static (_, certificate, _, _)
            => certificate is not null && certificate.GetRawCertData().AsSpan().SequenceEqual(Value.RawData);
        return handler;
    }

    /// <summary>For clients that take the certificates they trust from a file.</summary>
    public static string WriteTo(string path)
    {
        File.WriteAllText(path, Value.ExportCertificatePem());
        return path;
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
