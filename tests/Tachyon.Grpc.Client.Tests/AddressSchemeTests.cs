using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.Grpc.Client.Tests;

/// <summary>The scheme of an address decides how calls get there, and nothing else in the user's code.</summary>
public sealed class AddressSchemeTests
{
    /// <summary>The spelling, with {1} for an address of TCP, and whether calls go over shared memory.</summary>
    public static TheoryData<string, bool> ByPath
    {
        get
        {
            var rows = new TheoryData<string, bool> { { "{1}", false } };
            Array.ForEach(AddressSpellings.SharedMemory, spelling => rows.Add(spelling, true));
            Array.ForEach(AddressSpellings.PlainSocket, spelling => rows.Add(spelling, false));
            return rows;
        }
    }

    public static TheoryData<string> ByName => new([.. AddressSpellings.SharedMemoryByName, .. AddressSpellings.PlainSocketByName]);

    [Theory]
    [MemberData(nameof(ByPath))]
    public async Task Scheme_decides(string format, bool overMemory)
    {
        bool? seen = null;
        string? tcp = null;
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Kestrel = static kestrel => kestrel.Listen(
                System.Net.IPAddress.Loopback, 0, static listen => listen.Protocols = HttpProtocols.Http2),
            Application = app =>
            {
                app.Lifetime.ApplicationStarted.Register(() => tcp = ((IApplicationBuilder)app).ServerFeatures
                    .Get<IServerAddressesFeature>()!.Addresses.Single(static address => address.StartsWith("http://127.0.0.1", StringComparison.Ordinal)));
                app.Use((context, next) =>
                {
                    seen = context.Features.Get<ITachyonConnectionFeature>() is not null;
                    return next(context);
                });
            },
        });
        using var channel = TachyonChannel.ForAddress(string.Format(null, format, server.Path, tcp));

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the call");

        Assert.Equal(overMemory, seen);
    }

    [Theory]
    [MemberData(nameof(ByName))]
    public async Task Names_of_the_abstract_namespace(string format)
    {
        var name = $"@tachyon-address-{Guid.NewGuid():N}";
        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, name);
        using var channel = TachyonChannel.ForAddress(AddressSpellings.Format(format, name));

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the call");

        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Name is "AcceptedConnection" or "AcceptedSocketClient");
    }

    [Theory]
    [InlineData("tachyon://run/app.sock", "three slashes, as in tachyon:///run/app.sock")]
    [InlineData("unix://localhost/run/app.sock", "three slashes")]
    [InlineData("tachyon://", "has no path")]
    [InlineData("unix:", "has no path")]
    public void Invalid_address_error_has_the_cause(string address, string expected)
        => Assert.Contains(
            expected, Assert.Throws<ArgumentException>(() => TachyonChannel.ForAddress(address)).Message, StringComparison.Ordinal);

    [Fact]
    public async Task Address_that_the_server_prints_is_one_for_the_client()
    {
        string[] printed = [];
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Application = app => app.Lifetime.ApplicationStarted.Register(
                () => printed = [.. ((IApplicationBuilder)app).ServerFeatures.Get<IServerAddressesFeature>()!.Addresses]),
        });
        using var channel = TachyonChannel.ForAddress(
            Assert.Single(printed), new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the call");

        Assert.Contains(server.Logs.Entries, static entry => entry.Event.Name == "AcceptedConnection");
    }

    [Fact]
    public void Unknown_scheme_is_left_to_the_channel()
        => Assert.Throws<InvalidOperationException>(() => TachyonChannel.ForAddress("gopher://host"));
}
