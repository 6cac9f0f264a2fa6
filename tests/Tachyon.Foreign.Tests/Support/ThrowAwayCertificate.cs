using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Tachyon.Foreign.Tests.Support;

/// <summary>A certificate for localhost that lives as long as a test does.</summary>
internal sealed class ThrowAwayCertificate : IDisposable
{
    public ThrowAwayCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        Value = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }

    public X509Certificate2 Value { get; }

    /// <summary>For clients that take the certificates they trust from a file.</summary>
    public string WriteTo(string path)
    {
        File.WriteAllText(path, Value.ExportCertificatePem());
        return path;
    }

    /// <summary>Makes a handler trust it, and nothing else.</summary>
    public SocketsHttpHandler Trust(SocketsHttpHandler handler)
    {
        handler.SslOptions.RemoteCertificateValidationCallback = (_, certificate, _, _)
            => certificate is not null && certificate.GetRawCertData().AsSpan().SequenceEqual(Value.RawData);
        return handler;
    }

    public void Dispose() => Value.Dispose();
}
