using Tachyon.Tool.Proxy;

namespace Tachyon.Tool.Tests.Proxy.Operation;

/// <summary>The forms of an address that are taken.</summary>
[Trait("Category", "Long")]
public sealed class ProxyAddressTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:5000", "127.0.0.1", 5000, "127.0.0.1:5000")]
    [InlineData("tcp://[::1]:5000", "::1", 5000, "[::1]:5000")]
    [InlineData("tcp://localhost:0", "localhost", 0, "127.0.0.1:0")]
    [InlineData("tcp://*:80", "*", 80, "[::]:80")]
    public void Tcp(string text, string host, int port, string listening)
    {
        var address = ProxyAddress.Parse(text);
        Assert.Equal((ProxyScheme.Tcp, host, port), (address.Scheme, address.Host, address.Port));
        Assert.Equal(listening, address.ToListenEndPoint().ToString());
    }

    [Theory]
    [InlineData("unix:///run/app.sock", "Unix", "/run/app.sock")]
    [InlineData("tachyon:///run/app.sock", "Tachyon", "/run/app.sock")]
    [InlineData("tachyon:/run/app.sock", "Tachyon", "/run/app.sock")]
    [InlineData("tachyon:@app", "Tachyon", "@app")]
    [InlineData("unix:@app", "Unix", "@app")]
    public void Path(string text, string scheme, string path)
    {
        var address = ProxyAddress.Parse(text);
        Assert.Equal((scheme, path), (address.Scheme.ToString(), address.Path.Path));
    }

    [Theory]
    [InlineData("")]
    [InlineData("app.sock")]
    [InlineData("tachyon:app.sock")]
    [InlineData("http://127.0.0.1:5000")]
    [InlineData("tcp://:5000")]
    [InlineData("tcp://host")]
    [InlineData("tcp://host:5000/path")]
    [InlineData("unix://")]
    [InlineData("tachyon:@")]
    public void Nothing_else(string text) => Assert.Throws<FormatException>(() => ProxyAddress.Parse(text));
}
