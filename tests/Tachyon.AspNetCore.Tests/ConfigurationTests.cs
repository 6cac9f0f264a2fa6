using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Tachyon.AspNetCore;
using Tachyon.AspNetCore.Internal;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>Endpoints and options that come from the configuration.</summary>
public sealed class ConfigurationTests
{
    private const string OverSocket = "socket";
    private const string OverMemory = "memory";

    [Fact]
    public async Task Url_of_an_endpoint_selects_shared_memory()
    {
        using var directory = new TempDirectory();
        var (chosen, other) = (directory.FilePath("chosen"), directory.FilePath("other"));
        await using var app = await StartAsync(
            [
                new("Kestrel:Endpoints:Grpc:Url", $"http://unix:{chosen}?tachyon"),
                new("Kestrel:Endpoints:Other:Url", $"http://unix:{other}"),
            ]);

        Assert.Equal(OverMemory, await GetAsync(TransportKind.Adaptive, chosen));
        Assert.Equal(OverSocket, await GetAsync(TransportKind.UnixSocket, chosen));
        Assert.Equal(OverSocket, await GetAsync(TransportKind.UnixSocket, other));
        Assert.Equal(["chosen", "other"], Directory.GetFiles(directory.Path).Select(Path.GetFileName).Order());
    }

    [Fact]
    public async Task Existing_unix_socket_endpoints_become_ours_by_one_option()
    {
        using var directory = new TempDirectory();
        var (configured, inCode) = (directory.FilePath("configured"), directory.FilePath("code"));
        await using var app = await StartAsync(
            [
                new("Tachyon:ReplaceUnixSockets", "true"),
                new("Kestrel:Endpoints:Grpc:Url", $"http://unix:{configured}"),
            ],
            kestrel => kestrel.ListenUnixSocket(inCode));

        foreach (var path in new[] { configured, inCode })
        {
            Assert.Equal(OverMemory, await GetAsync(TransportKind.Adaptive, path));
            Assert.Equal(OverSocket, await GetAsync(TransportKind.UnixSocket, path));
        }
    }

    [Fact]
    public async Task Unix_socket_endpoints_stay_what_they_are_without_it()
    {
        using var directory = new TempDirectory();
        await using var app = await StartAsync([], kestrel => kestrel.ListenUnixSocket(directory.FilePath("s")));

        Assert.Equal(OverSocket, await GetAsync(TransportKind.Adaptive, directory.FilePath("s")));
    }

    [Fact]
    public void Options_come_from_their_section_and_code_overrides_them()
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(
        [
            new("Tachyon:WaitMode", "Park"),
            new("Tachyon:SendRingSize", "131072"),
            new("Tachyon:ReceiveRingSize", "262144"),
            new("Tachyon:HandshakeTimeout", "00:00:07"),
            new("Tachyon:SocketMode", "UserRead, UserWrite, GroupRead, GroupWrite"),
            new("Tachyon:SocketGroupId", "44"),
            new("Tachyon:AllowedUserIds:0", "1001"),
            new("Tachyon:AllowedUserIds:1", "1002"),
            new("Tachyon:AllowedGroupIds:0", "2001"),
            new("Tachyon:AcceptSocketClients", "false"),
            new("Tachyon:ReplaceUnixSockets", "true"),
            new("Tachyon:Backlog", "7"),
            new("Tachyon:MaxPendingHandshakes", "8"),
            new("Tachyon:MaxConnections", "9"),
            new("Tachyon:MaxConnectionsPerUser", "10"),
        ]);

        // Twice, as a library and an application do: the lists are not to be doubled.
        builder.WebHost.UseKestrel().UseTachyon().UseTachyon(static options => options.Backlog = 70);
        using var app = builder.Build();
        var options = app.Services.GetRequiredService<IOptions<TachyonTransportOptions>>().Value;

        Assert.Equal(TachyonWaitMode.Park, options.WaitMode);
        Assert.Equal((131072, 262144), (options.SendRingSize, options.ReceiveRingSize));
        Assert.Equal(TimeSpan.FromSeconds(7), options.HandshakeTimeout);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite, options.SocketMode);
        Assert.Equal(44u, options.SocketGroupId);
        Assert.Equal([1001u, 1002u], options.AllowedUserIds);
        Assert.Equal([2001u], options.AllowedGroupIds);
        Assert.False(options.AcceptSocketClients);
        Assert.True(options.ReplaceUnixSockets);
        Assert.Equal(
            (70, 8, 9, 10), (options.Backlog, options.MaxPendingHandshakes, options.MaxConnections, options.MaxConnectionsPerUser));
    }

    [Theory]
    [InlineData("0600", 0b110_000_000)]
    [InlineData("600", 0b110_000_000)]
    [InlineData("0660", 0b110_110_000)]
    [InlineData("0777", 0b111_111_111)]
    [InlineData("userread, UserWrite", 0b110_000_000)]
    public async Task Socket_mode_is_read_as_people_write_it(string text, int mode)
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        await using var app = await StartAsync(
            [new("Tachyon:SocketMode", text), new("Kestrel:Endpoints:Grpc:Url", $"http://unix:{path}?tachyon")]);

        Assert.Equal((UnixFileMode)mode, File.GetUnixFileMode(path));
    }

    [Theory]
    [InlineData("Tachyon:SocketMode", "0800", "octal")]
    [InlineData("Tachyon:SocketMode", "1777", "octal")]
    [InlineData("Tachyon:SocketMode", "384", "octal")]
    [InlineData("Tachyon:SocketMode", "0o600", "octal")]
    [InlineData("Tachyon:SocketMode", "rw-------", "octal")]
    [InlineData("Tachyon:SocketMode", "SetUser", "octal")]
    [InlineData("Tachyon:SocketMode", "", "octal")]
    [InlineData("Tachyon:WaitMode", "1", "Adaptive, Park, Spin")]
    [InlineData("Tachyon:WaitMode", "Fast", "Adaptive, Park, Spin")]
    [InlineData("Tachyon:HandshakeTimeout", "5", "00:00:05")]
    [InlineData("Tachyon:HandshakeTimeout", "5s", "00:00:05")]
    [InlineData("Tachyon:AllowedUserIds", "1001", "a list")]
    [InlineData("Tachyon:Backlog:0", "1", "one value")]
    [InlineData("Tachyon:Backlog", "many", "Tachyon:Backlog")]
    [InlineData("Tachyon:SendRingSize", "1 MiB", "Tachyon:SendRingSize")]
    [InlineData("Tachyon:SocketGroupId", "staff", "Tachyon:SocketGroupId")]
    [InlineData("Tachyon:AcceptSocketClients", "yes", "Tachyon:AcceptSocketClients")]
    [InlineData("Tachyon:AllowedGroupIds:0", "staff", "Tachyon:AllowedGroupIds:0")]
    public async Task Value_that_would_be_misread_is_refused_at_the_start(string key, string value, string told)
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");

        var exception = await Assert.ThrowsAnyAsync<Exception>(
            () => StartAsync([new(key, value), new("Kestrel:Endpoints:Grpc:Url", $"http://unix:{path}?tachyon")]));

        Assert.Contains(key.TrimEnd('0').TrimEnd(':'), exception.ToString(), StringComparison.Ordinal);
        Assert.Contains(told, exception.ToString(), StringComparison.Ordinal);
        Assert.False(File.Exists(path));
    }

    [Fact]
    public void Each_option_is_known_to_the_check_of_the_section()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            typeof(TachyonTransportOptions).GetProperties()
                .Select(static property => new KeyValuePair<string, string?>($"Tachyon:{property.Name}", "x"))
                .Append(new("Tachyon:SocketMod", "0600"))
                .Append(new("Tachyon:AllowedUserId:0", "7"))
                .Append(new("Tachyon:Other:Key", "7"))).Build();

        Assert.Equal(["Tachyon:AllowedUserId", "Tachyon:SocketMod"], ServerConfiguration.UnknownKeys(configuration).Order());
    }

    [Fact]
    public async Task Value_that_is_not_allowed_is_named_at_the_start()
    {
        using var directory = new TempDirectory();

        var exception = await Assert.ThrowsAnyAsync<Exception>(() => StartAsync(
            [new("Tachyon:SendRingSize", "100000"), new("Kestrel:Endpoints:Grpc:Url", $"http://unix:{directory.FilePath("s")}?tachyon")]));

        Assert.Contains("power of two", exception.ToString(), StringComparison.Ordinal);
    }

    private static async Task<WebApplication> StartAsync(
        IEnumerable<KeyValuePair<string, string?>> configuration, Action<KestrelServerOptions>? configure = null)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(configuration);
        builder.WebHost.UseTachyon().UseKestrel((context, kestrel) =>
        {
            kestrel.Configure(context.Configuration.GetSection("Kestrel"));
            configure?.Invoke(kestrel);
        });
        var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync(
            context.Features.Get<ITachyonConnectionFeature>() is null ? OverSocket : OverMemory));
        try
        {
            await app.StartAsync().Within("the start of the host");
        }
        catch
        {
            await app.DisposeAsync();
            throw;
        }

        return app;
    }

    private static async Task<string> GetAsync(TransportKind transport, string path)
    {
        using var client = new HttpClient(
            TestTransport.For(transport).Attach(new SocketsHttpHandler(), path))
        { BaseAddress = TestTransport.Address };
        return await client.GetStringAsync("/").Within("the page");
    }
}
