using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Operation;

/// <summary>The file of a listening socket: private, taken over from a proxy that was killed, and left alone when it is
/// that of another server.</summary>
[Trait("Category", "Long")]
public sealed class ProxySocketFileTests
{
    [Theory]
    [InlineData("unix")]
    [InlineData("tachyon")]
    public async Task File_of_a_killed_proxy_is_taken_over(string scheme)
    {
        using var directory = new TempDirectory();
        await using var server = WireServer.Listen("tcp", directory);
        string address;

        // To no server: a probe whether a server listens at a path is a client, too.
        await using (var killed = await ProxyProcess.StartAsync(scheme, directory, $"unix://{directory.FilePath("missing")}"))
        {
            address = killed.Address;
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(killed.Path));
            (var exitCode, _, var errors) = await ProxyProcess.RunAsync("proxy", "--listen", address, "--connect", server.Address);
            Assert.Equal(1, exitCode);
            Assert.Contains("another server is listening there", errors, StringComparison.Ordinal);
        }

        Assert.True(File.Exists(Wire.PathOf(address)));
        await using var next = await ProxyProcess.StartAsync(address, directory, server.Address);
        var accepting = server.AcceptAsync();
        await using (var client = await next.ConnectAsync())
        await using (var target = await accepting)
        {
            await client.SendAsync([1, 2, 3]);
            Assert.Equal([1, 2, 3], await target.ReceiveAsync());
        }

        Assert.Equal(0, await next.StopAsync());
        Assert.False(File.Exists(next.Path));
    }
}
