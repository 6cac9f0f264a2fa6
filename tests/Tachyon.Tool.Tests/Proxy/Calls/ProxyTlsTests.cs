using System.Net.Security;
using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Calls;

/// <summary>The proxy passes TLS through: client and target agree on keys that it does not have.</summary>
[Trait("Category", "Long")]
public sealed class ProxyTlsTests
{
    [Fact]
    public async Task Tls_passes_through()
    {
        await using var chain = await Chain.StartAsync("tcp", "tachyon");
        (var client, var target) = await chain.ConnectAsync();
        await using (client)
        await using (target)
        {
            await using var inner = new SslStream(target.Stream, leaveInnerStreamOpen: true);
            await using var outer = new SslStream(
                client.Stream,
                leaveInnerStreamOpen: true,
                (_, certificate, _, _) => certificate!.GetRawCertData().AsSpan().SequenceEqual(TestCertificate.Value.RawData));
            await Task.WhenAll(inner.AuthenticateAsServerAsync(TestCertificate.Value), outer.AuthenticateAsClientAsync("localhost")).Within();
            var secret = BytePattern.Make(300_000, seed: 1);
            var writing = outer.WriteAsync(secret).AsTask();
            var read = new byte[secret.Length];
            await inner.ReadExactlyAsync(read).Within();
            await writing.Within();
            Assert.Equal(secret, read);
        }
    }
}
