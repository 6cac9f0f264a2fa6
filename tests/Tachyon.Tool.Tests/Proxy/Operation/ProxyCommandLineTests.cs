using Tachyon.Tool.Tests.Proxy.Support;

namespace Tachyon.Tool.Tests.Proxy.Operation;

/// <summary>What the command says to people, and its exit codes.</summary>
[Trait("Category", "Long")]
public sealed class ProxyCommandLineTests
{
    [Theory]
    [InlineData("tcp://127.0.0.1:5000", "http://example.com", "'http://example.com' is not an address: use tcp://HOST:PORT, unix:///PATH or tachyon:///PATH.")]
    [InlineData("tcp://127.0.0.1:5000", "tachyon://run/app.sock", "and its address has three slashes, as in tachyon:///run/app.sock.")]
    [InlineData("tcp://127.0.0.1:5000", "tachyon:app.sock", "'tachyon:app.sock' has no absolute path: use tachyon:///PATH or unix:///PATH with three slashes.")]
    [InlineData("tcp://127.0.0.1:70000", "tachyon:///a", "'tcp://127.0.0.1:70000' is not a TCP address: use tcp://HOST:PORT, such as tcp://127.0.0.1:5000.")]
    [InlineData("tcp://example.com:80", "tachyon:///a", "Cannot listen at 'tcp://example.com:80': use the number of an address")]
    [InlineData("tachyon:///a", "tcp://host:0", "'tcp://host:0' is not an address to connect to: it needs a host and a port.")]
    public async Task Wrong_addresses_are_a_usage_error(string listen, string connect, string sentence)
    {
        (var exitCode, _, var errors) = await ProxyProcess.RunAsync("proxy", "--listen", listen, "--connect", connect);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Theory]
    [InlineData("--max-connections", "0", "--max-connections takes a number from 1 to 10000000, not '0'.")]
    [InlineData("--drain-timeout", "soon", "--drain-timeout takes seconds from 0 to 86400, not 'soon'.")]
    [InlineData("--connect-timeout", "0", "--connect-timeout takes seconds from 0.001 to 86400, not '0'.")]
    public async Task Wrong_numbers_are_a_usage_error(string option, string value, string sentence)
    {
        (var exitCode, _, var errors) = await ProxyProcess.RunAsync("proxy", "--listen", "tachyon:///a", "--connect", "unix:///b", option, value);
        Assert.Contains(sentence, errors, StringComparison.Ordinal);
        Assert.Equal(2, exitCode);
    }

    [Fact]
    public async Task Place_where_it_cannot_listen_is_a_failure()
    {
        using var directory = new TempDirectory();
        await using var taken = WireServer.Listen("tcp", directory);
        foreach (var address in new[] { taken.Address, $"unix://{directory.FilePath("none/a")}", $"tachyon://{directory.FilePath("none/a")}" })
        {
            (var exitCode, _, var errors) = await ProxyProcess.RunAsync("proxy", "--listen", address, "--connect", "unix:///b");
            Assert.StartsWith("Cannot listen on '", errors, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", errors, StringComparison.Ordinal);
            Assert.Equal(1, exitCode);
        }
    }

    [Fact]
    public async Task Help_has_examples()
    {
        (var exitCode, var output, _) = await ProxyProcess.RunAsync("proxy", "--help");
        Assert.Equal(0, exitCode);
        Assert.Contains("  tachyon proxy --listen tcp://127.0.0.1:5000 --connect tachyon:///run/app.sock", output, StringComparison.Ordinal);
        foreach (var option in new[] { "--listen", "--connect", "--max-connections", "--drain-timeout", "--connect-timeout", "--stats-interval" })
        {
            // The document has a row for each option.
            Assert.Contains(option, output, StringComparison.Ordinal);
            Assert.Contains($"`{option}`", File.ReadAllText(Repository.FilePath("docs", "proxy.md")), StringComparison.Ordinal);
        }
    }
}
