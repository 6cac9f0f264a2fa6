using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections.Features;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.AspNetCore.Tests.Direct;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>How a host came to its transports. Whatever the way, all of its endpoints have to work.</summary>
public enum HostRecipe
{
    /// <summary>WebApplication.CreateBuilder: Kestrel and its sockets are registered before UseTachyon.</summary>
    DefaultBuilder,

    /// <summary>WebApplication.CreateSlimBuilder.</summary>
    SlimBuilder,

    /// <summary>An empty builder, UseTachyon before UseKestrel.</summary>
    TachyonBeforeKestrel,

    /// <summary>An empty builder, UseKestrel before UseTachyon.</summary>
    KestrelBeforeTachyon,

    /// <summary>An empty builder, UseTachyon before UseKestrelCore.</summary>
    TachyonBeforeKestrelCore,

    /// <summary>UseSockets after UseTachyon, by hand.</summary>
    SocketsAfterTachyon,

    /// <summary>UseTachyon twice: by a library and by the application.</summary>
    TachyonTwice,

    /// <summary>The generic host with ConfigureWebHost, UseTachyon first.</summary>
    GenericHost,
}

/// <summary>The transport beside Kestrel's own ones in one host.</summary>
public sealed class HostCompositionTests
{
    private const string OverTcp = "InterNetwork";
    private const string OverUnixSocket = "Unix";
    private const string OverSharedMemory = "shared memory";

    public static TheoryData<HostRecipe> Recipes => new(Enum.GetValues<HostRecipe>());

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task Tcp_unix_socket_and_shared_memory_work_side_by_side(HostRecipe recipe)
    {
        using var directory = new TempDirectory();
        using var host = Build(recipe, kestrel =>
        {
            kestrel.Listen(IPAddress.Loopback, 0);
            kestrel.ListenTachyon(directory.FilePath("tachyon"), Http1);
            kestrel.ListenUnixSocket(directory.FilePath("unix"));
        });
        await host.StartAsync().Within("the start of the host");

        Assert.Equal(OverTcp, await GetAsync(new SocketsHttpHandler(), TcpAddressOf(host)));
        Assert.Equal(OverUnixSocket, await GetAsync(Handler(TransportKind.UnixSocket, directory.FilePath("unix"))));
        Assert.Equal(OverSharedMemory, await GetAsync(Handler(TransportKind.Park, directory.FilePath("tachyon"))));
        await host.StopAsync().Within("the stop of the host");
    }

    [Theory]
    [MemberData(nameof(Recipes))]
    public async Task Direct_mode_is_possible_or_the_log_says_how(HostRecipe recipe)
    {
        using var directory = new TempDirectory();
        using var logs = new CapturedLogs();
        var path = directory.FilePath("tachyon");
        using var host = Build(recipe, kestrel => kestrel.ListenTachyon(path), static options => options.AllowDirect = true, logs);
        await host.StartAsync().Within("the start of the host");

        // A WebApplicationBuilder adds services at once, so that Kestrel replaces what UseTachyon has put in front of it.
        var isKestrelLast = recipe
            is HostRecipe.TachyonBeforeKestrel or HostRecipe.TachyonBeforeKestrelCore or HostRecipe.SocketsAfterTachyon;
        Assert.Equal(isKestrelLast, logs.Entries.Any(static entry => entry.Event.Name == "DirectNotPossible"));
        if (isKestrelLast)
        {
            var exception = await Assert.ThrowsAsync<TachyonConnectException>(() => RawDirectClient.ConnectAsync(path));
            Assert.Equal(TachyonConnectError.VersionMismatch, exception.Error);
        }
        else
        {
            await using var client = await RawDirectClient.ConnectAsync(path);
        }
    }

    [Fact]
    public async Task Endpoints_of_the_configuration_keep_working()
    {
        using var directory = new TempDirectory();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection(
        [
            new("Kestrel:Endpoints:Tcp:Url", "http://127.0.0.1:0"),
            new("Kestrel:Endpoints:Unix:Url", $"http://unix:{directory.FilePath("unix")}"),
        ]);
        builder.WebHost.UseTachyon().UseKestrel((context, kestrel) => kestrel.Configure(context.Configuration.GetSection("Kestrel")));
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(directory.FilePath("tachyon"), Http1));
        await using var app = builder.Build();
        app.Run(AnswerAsync);
        await app.StartAsync().Within("the start of the host");

        Assert.Equal(OverTcp, await GetAsync(new SocketsHttpHandler(), TcpAddressOf(app)));
        Assert.Equal(OverUnixSocket, await GetAsync(Handler(TransportKind.UnixSocket, directory.FilePath("unix"))));
        Assert.Equal(OverSharedMemory, await GetAsync(Handler(TransportKind.Park, directory.FilePath("tachyon"))));
    }

    [Fact]
    public async Task Host_without_an_endpoint_of_the_transport_is_as_before()
    {
        using var host = Build(HostRecipe.TachyonBeforeKestrel, static kestrel => kestrel.Listen(IPAddress.Loopback, 0));
        await host.StartAsync().Within("the start of the host");

        Assert.Equal(OverTcp, await GetAsync(new SocketsHttpHandler(), TcpAddressOf(host)));
    }

    [Fact]
    public async Task Several_endpoints_of_one_host_work_side_by_side()
    {
        using var directory = new TempDirectory();
        string[] paths = [directory.FilePath("one"), directory.FilePath("two"), $"@tachyon-test-{Guid.NewGuid():N}"];
        using var host = Build(HostRecipe.TachyonBeforeKestrel, kestrel =>
        {
            foreach (var path in paths)
            {
                kestrel.ListenTachyon(path, Http1);
            }
        });
        await host.StartAsync().Within("the start of the host");

        foreach (var path in paths)
        {
            Assert.Equal(OverSharedMemory, await GetAsync(Handler(TransportKind.Park, path)));
        }
    }

    [Fact]
    public async Task Start_message_names_the_path()
    {
        await using var server = await TestServer.StartAsync(TransportKind.Park);

        Assert.Contains(server.Logs.Entries, entry => entry.Message.Contains("Now listening on", StringComparison.Ordinal)
            && entry.Message.Contains(server.Path, StringComparison.Ordinal));
    }

    [Fact]
    public void Endpoint_without_the_transport_is_an_error_with_the_remedy()
    {
        using var directory = new TempDirectory();
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrel(kestrel => kestrel.ListenTachyon(directory.FilePath("s")));

        // Kestrel's options are made with the server, which the builder may or may not make before the start.
        var exception = Assert.Throws<InvalidOperationException>(() =>
        {
            using IHost host = builder.Build();
            host.Start();
        });

        Assert.Contains("UseTachyon", exception.Message, StringComparison.Ordinal);
    }

    private static IHost Build(
        HostRecipe recipe,
        Action<KestrelServerOptions> listen,
        Action<TachyonTransportOptions>? configure = null,
        CapturedLogs? logs = null)
    {
        if (recipe == HostRecipe.GenericHost)
        {
            return new HostBuilder()
                .ConfigureWebHost(web => web.UseTachyon(configure).UseKestrel(listen).Configure(static app => app.Run(AnswerAsync)))
                .ConfigureLogging(AddLogs)
                .Build();
        }

        var builder = recipe switch
        {
            HostRecipe.DefaultBuilder => WebApplication.CreateBuilder(),
            HostRecipe.SlimBuilder => WebApplication.CreateSlimBuilder(),
            _ => WebApplication.CreateEmptyBuilder(new WebApplicationOptions()),
        };
        IWebHostBuilder web = builder.WebHost;
        _ = recipe switch
        {
            HostRecipe.TachyonBeforeKestrel => web.UseTachyon(configure).UseKestrel(),
            HostRecipe.KestrelBeforeTachyon => web.UseKestrel().UseTachyon(configure),
            HostRecipe.TachyonBeforeKestrelCore => web.UseTachyon(configure).UseKestrelCore(),
            HostRecipe.SocketsAfterTachyon => web.UseTachyon(configure).UseKestrelCore().UseSockets(),
            HostRecipe.TachyonTwice => web.UseTachyon(configure).UseKestrel().UseTachyon(static options => options.Backlog = 64),
            _ => web.UseTachyon(configure),
        };
        web.ConfigureKestrel(listen);
        AddLogs(builder.Logging);
        var app = builder.Build();
        app.Run(AnswerAsync);
        return app;

        void AddLogs(ILoggingBuilder logging)
        {
            if (logs is not null)
            {
                logging.AddProvider(logs);
            }
        }
    }

    /// <summary>Answers with what the request came over.</summary>
    private static Task AnswerAsync(HttpContext context)
        => context.Response.WriteAsync(context.Features.Get<ITachyonConnectionFeature>() is not null
            ? OverSharedMemory
            : context.Features.Get<IConnectionSocketFeature>()!.Socket.AddressFamily.ToString());

    private static async Task<string> GetAsync(SocketsHttpHandler handler, Uri? address = null)
    {
        using var client = new HttpClient(handler) { BaseAddress = address ?? TestTransport.Address };
        return await client.GetStringAsync("/").Within("the page");
    }

    private static SocketsHttpHandler Handler(TransportKind transport, string path)
        => TestTransport.For(transport).Attach(new SocketsHttpHandler(), path);

    private static Uri TcpAddressOf(IHost host)
        => new(host.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses
            .Single(static address => address.StartsWith("http://127.0.0.1:", StringComparison.Ordinal)));

    private static void Http1(ListenOptions listen) => listen.Protocols = HttpProtocols.Http1;
}
