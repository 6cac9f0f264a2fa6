using System.Text.Json;
using Tachyon.TestHost.Transports;
using Tachyon.Tool.Proxy;
using Tachyon.Tool.Tests.Support;

namespace Tachyon.Tool.Tests;

/// <summary>The commands take the spellings of an address that servers and clients take.</summary>
[Trait("Category", "Long")]
public sealed class AddressFormTests : IDisposable
{
    private const string Server = "a Tachyon server";

    private readonly TempDirectory _directory = new();
    private readonly string _name = $"@tachyon-form-{Guid.NewGuid():N}";

    public void Dispose() => _directory.Dispose();

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Ping_and_doctor_take_every_spelling(bool isName)
    {
        var target = isName ? _name : _directory.NewSocketPath();
        await using var server = await Children.GrpcServerAsync(TransportKind.Park, target);
        (var shared, var plain) = isName
            ? (AddressSpellings.SharedMemoryByName, AddressSpellings.PlainSocketByName)
            : (AddressSpellings.SharedMemory, AddressSpellings.PlainSocket);
        foreach (var spelling in shared.Concat(plain))
        {
            var address = AddressSpellings.Format(spelling, target);

            var ping = (await ToolRun.RunAsync("ping", address, "--count", "2", "--warm-up", "0", "--json")).Json();

            Assert.Equal(plain.Contains(spelling), ping.Text("server") == "a plain Unix socket");
        }

        // One run of it takes much longer; the address goes the same way in both.
        var doctor = await ToolRun.RunAsync("doctor", AddressSpellings.Format(shared[^1], target), "--json");
        var answer = doctor.AnyJson().GetProperty("findings").EnumerateArray().Single(static finding => finding.Text("check") == "answer");
        Assert.StartsWith(Server, answer.Text("message"), StringComparison.Ordinal);
    }

    [Fact]
    public void Proxy_takes_every_spelling()
    {
        Assert.All(AddressSpellings.SharedMemory, static spelling => AssertProxy(ProxyScheme.Tachyon, "/run/app.sock", spelling));
        Assert.All(AddressSpellings.PlainSocket, static spelling => AssertProxy(ProxyScheme.Unix, "/run/app.sock", spelling));
        Assert.All(AddressSpellings.SharedMemoryByName, static spelling => AssertProxy(ProxyScheme.Tachyon, "@app", spelling));
        Assert.All(AddressSpellings.PlainSocketByName, static spelling => AssertProxy(ProxyScheme.Unix, "@app", spelling));
    }

    [Fact]
    public async Task Ping_of_a_tls_address_fails_with_the_remedy()
        => (await ToolRun.RunAsync("ping", "https://unix:/run/app.sock?tachyon")).AssertFails(1, "asks for TLS", "--health");

    [Theory]
    [InlineData("--json=abc")]
    [InlineData("--json:abc")]
    [InlineData("--json=/run/app.sock")]
    public async Task Value_of_a_flag_is_not_taken_for_the_address(string flag)
    {
        using var errors = new StringWriter();

        Assert.Equal(2, await CommandLine.RunAsync(Program.CreateRoot(), ["doctor", flag], errors).Within());

        Assert.StartsWith($"--json takes no value, not '{flag[7..]}'.\n", errors.ToString(), StringComparison.Ordinal);
    }

    private static void AssertProxy(ProxyScheme scheme, string path, string spelling)
    {
        var address = ProxyAddress.Parse(AddressSpellings.Format(spelling, path));
        Assert.Equal((scheme, path), (address.Scheme, address.Path.Path));
    }
}
