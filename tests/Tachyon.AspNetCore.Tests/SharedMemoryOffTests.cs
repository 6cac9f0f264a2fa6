using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>
/// A server whose shared memory is turned off. That calls can do all that they can over a plain socket, the suite shows by
/// <see cref="TransportKind.SharedMemoryOff"/>; this is about who gets in, and what is logged.
/// </summary>
public sealed class SharedMemoryOffTests
{
    private const UnixFileMode AllMayConnect = (UnixFileMode)0b110_110_110;

    [Fact]
    public async Task Server_logs_one_line_that_names_the_switch()
    {
        await using var server = await TestServer.StartAsync(TransportKind.SharedMemoryOff);

        var line = Assert.Single(server.Logs.Entries, static entry => entry.Event.Id is 110 or 115);
        Assert.Equal(LogLevel.Information, line.Level);
        Assert.Equal(
            $"Listening on tachyon://{server.Path} without shared memory, for plain socket clients only, because Tachyon:SharedMemory is Off: socket mode 0600, users: the server's own.",
            line.Message);
    }

    [Fact]
    public async Task Client_that_prefers_shared_memory_goes_on_over_the_socket()
    {
        await using var server = await TestServer.StartAsync(TransportKind.SharedMemoryOff);
        using var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        using var channel = TachyonChannel.ForAddress(server.Path, channelOptions: new GrpcChannelOptions { LoggerFactory = loggers });

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");
        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("another call");

        var line = Assert.Single(logs.Entries, static entry => entry.Category == "Tachyon.Grpc.Client");
        Assert.Equal("FellBack", line.Event.Name);
        Assert.Contains("has shared memory turned off, by TACHYON_SHARED_MEMORY in its environment or SharedMemory in its options", line.Message, StringComparison.Ordinal);
        var refusal = Assert.Single(server.Logs.Entries, static entry => entry.Event.Id == 100);
        Assert.Equal(LogLevel.Debug, refusal.Level);
        Assert.Contains("Refused a client (SharedMemoryOff)", refusal.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(TachyonProtocol.Http2)]
    [InlineData(TachyonProtocol.RequireDirect)]
    public async Task Client_that_requires_shared_memory_gets_an_error_that_names_the_switch_of_the_server(TachyonProtocol protocol)
    {
        await using var server = await TestServer.StartAsync(TransportKind.SharedMemoryOff, new TestApplicationOptions
        {
            Services = static services => services.Configure<TachyonTransportOptions>(static options => options.AllowDirect = true),
        });
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require, Protocol = protocol });

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call"));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains("has shared memory turned off, by TACHYON_SHARED_MEMORY", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Plain_socket_clients_are_served_also_where_the_options_refuse_them()
    {
        await using var server = await TestServer.StartAsync(TransportKind.SharedMemoryOff, TestServer.TachyonClientsOnly);
        using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(server.Path);

        PayloadAssert.Is(await new Echo.EchoClient(channel).UnaryAsync(Content.Create(3, 100)).ResponseAsync.Within("a call"), 3, 100);
    }

    [Fact]
    public async Task Service_still_knows_its_caller()
    {
        var peers = new List<TachyonPeer>();
        await using var server = await TestServer.StartAsync(TransportKind.SharedMemoryOff, new TestApplicationOptions
        {
            Application = app => app.Use((context, next) =>
            {
                peers.Add(context.Features.Get<ITachyonPeerFeature>()!.Peer);
                return next(context);
            }),
        });
        using var channel = server.CreateChannel();

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        Assert.Equal(Environment.ProcessId, Assert.Single(peers).ProcessId);
    }

    [RequiresTheory("setpriv", Requires.Root)]
    [InlineData(true, StatusCode.OK)]
    [InlineData(false, StatusCode.Unavailable)]
    public async Task Users_are_checked_as_with_shared_memory(bool isAllowed, StatusCode expected)
    {
        const uint Other = 65_534;
        using var directory = new TempDirectory().OpenToAll();
        var options = new TestApplicationOptions
        {
            Services = services => services.Configure<TachyonTransportOptions>(transport =>
            {
                transport.SocketMode = AllMayConnect;
                if (isAllowed)
                {
                    transport.AllowedUserIds.Add(Other);
                }
            }),
        };
        await using var server = await TestServer.StartAtAsync(TransportKind.SharedMemoryOff, directory.FilePath("s"), options);

        await using var client = await HostProgram.StartAsync(HostRole.Caller, server.Kind, server.Path, user: Other);
        var report = await HostProgram.ResultAsync<CallerReport>(client);

        Assert.Equal(expected, report.Status);
        Assert.Equal(AllMayConnect, File.GetUnixFileMode(server.Path));
        Assert.Equal(isAllowed ? 0 : 1, server.Logs.Entries.Count(static entry => entry.Event.Name == "ClientsRefused"));
    }

    [Theory]
    [InlineData("Off", 115)]
    [InlineData("off", 115)]
    [InlineData("Prefer", 110)]
    [InlineData("Require", 110)]
    public async Task Configuration_decides(string value, int expected)
    {
        using var directory = new TempDirectory();
        using var logs = new CapturedLogs();
        await using var app = Build(directory.FilePath("s"), logs, value);

        await app.StartAsync().Within("the start of the host");

        Assert.Equal(expected, Assert.Single(logs.Entries, static entry => entry.Event.Id is 110 or 115).Event.Id);
        Assert.DoesNotContain(logs.Entries, static entry => entry.Event.Id == 112);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("No")]
    [InlineData("false")]
    public async Task Value_that_is_no_name_keeps_the_server_from_starting(string value)
    {
        using var directory = new TempDirectory();
        using var logs = new CapturedLogs();
        await using var app = Build(directory.FilePath("s"), logs, value);

        var exception = await Assert.ThrowsAsync<OptionsValidationException>(() => app.StartAsync().Within("the start of the host"));

        Assert.Contains($"The configuration value 'Tachyon:SharedMemory' is '{value}': use Prefer, Require, Off.", exception.Message, StringComparison.Ordinal);
    }

    private static WebApplication Build(string path, CapturedLogs logs, string sharedMemory)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Configuration.AddInMemoryCollection([new("Tachyon:SharedMemory", sharedMemory)]);
        builder.Logging.AddProvider(logs);
        builder.WebHost.UseTachyon().UseKestrel(kestrel => kestrel.ListenTachyon(path));
        var app = builder.Build();
        app.Run(static context => context.Response.WriteAsync("ok"));
        return app;
    }
}
