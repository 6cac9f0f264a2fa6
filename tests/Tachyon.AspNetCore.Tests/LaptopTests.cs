using Grpc.Core;
using Grpc.Net.Client;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests;

/// <summary>
/// The same code where the system is not Linux, as far as Linux can show it: the product takes its system for another one. That calls can
/// do all that they can over a plain socket, the suite shows with <see cref="SimulatedSystem.Variable"/>.
/// </summary>
[Collection(Serial.Name)]
public sealed class LaptopTests
{
    private const string MacOs = "macOS";
    private const string Windows = "Windows";

    [Theory]
    [InlineData(MacOs)]
    [InlineData(Windows)]
    public async Task Server_and_client_processes_call_without_one_system_call_of_ours(string system)
    {
        using var directory = new TempDirectory();
        KeyValuePair<string, string>[] environment = [new(SimulatedSystem.Variable, system)];
        await using var server = await HostProgram.StartAsync(
            HostRole.Server, TransportKind.Adaptive, directory.FilePath("s"), environment: environment);
        await using var client = await HostProgram.StartAsync(
            HostRole.Caller, TransportKind.Direct, directory.FilePath("s"), environment: environment);

        Assert.Equal(new CallerReport(StatusCode.OK, string.Empty), await HostProgram.ResultAsync<CallerReport>(client));
    }

    [Theory]
    [InlineData(MacOs)]
    [InlineData(Windows)]
    public async Task Server_and_client_log_one_line_each_that_names_the_system(string system)
    {
        using var simulated = SimulatedSystem.Take(system);
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        using var logs = new CapturedLogs();
        using var loggers = LoggerFactory.Create(logging => logging.AddProvider(logs));
        using var channel = TachyonChannel.ForAddress(server.Path, channelOptions: new GrpcChannelOptions { LoggerFactory = loggers });

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call");

        var ofServer = Assert.Single(server.Logs.Entries, static entry => entry.Category == "Tachyon.AspNetCore");
        Assert.Equal((115, LogLevel.Information), (ofServer.Event.Id, ofServer.Level));
        Assert.StartsWith(
            $"Listening on tachyon://{server.Path} without shared memory, for plain socket clients only, because Tachyon needs 64-bit Linux for memfd, eventfd and epoll; this is {system} (",
            ofServer.Message,
            StringComparison.Ordinal);
        var ofClient = Assert.Single(logs.Entries, static entry => entry.Category == "Tachyon.Grpc.Client");
        Assert.Equal((203, LogLevel.Information), (ofClient.Event.Id, ofClient.Level));
        Assert.Contains($"this is {system} (", ofClient.Message, StringComparison.Ordinal);
        Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(server.Path));
        Assert.Contains(server.Logs.Entries, entry => entry.Message.Contains($"http://unix:{server.Path}?tachyon", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Client_that_requires_shared_memory_gets_an_error_that_names_the_system()
    {
        using var simulated = SimulatedSystem.Take(MacOs);
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        using var channel = TachyonChannel.ForAddress(
            server.Path, new TachyonChannelOptions { SharedMemory = TachyonSharedMemory.Require });

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call"));

        Assert.Equal(StatusCode.Unavailable, exception.StatusCode);
        Assert.Contains($"Calls to '{server.Path}' require shared memory, and this process has none, because Tachyon needs 64-bit Linux", exception.Status.Detail, StringComparison.Ordinal);
        Assert.Contains("this is macOS (", exception.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Server_that_requires_shared_memory_does_not_start()
    {
        using var simulated = SimulatedSystem.Take(MacOs);

        var exception = await Assert.ThrowsAsync<InvalidOperationException>(
            () => StartAndStopAsync(static options => options.SharedMemory = TachyonServerSharedMemory.Require));

        Assert.Contains("SharedMemory is Require, but there is no shared memory, because Tachyon needs 64-bit Linux", exception.Message, StringComparison.Ordinal);
    }

    public static TheoryData<string> OptionsForOthers => ["AllowedUserIds", "AllowedGroupIds", "SocketGroupId", "SocketMode"];

    [Theory]
    [MemberData(nameof(OptionsForOthers))]
    public async Task Options_that_admit_other_users_keep_the_server_from_starting(string option)
    {
        using var simulated = SimulatedSystem.Take(MacOs);

        var exception = await Assert.ThrowsAsync<NotSupportedException>(() => StartAndStopAsync(options =>
        {
            switch (option)
            {
                case "AllowedUserIds":
                    options.AllowedUserIds.Add(1001);
                    break;
                case "AllowedGroupIds":
                    options.AllowedGroupIds.Add(1005);
                    break;
                case "SocketGroupId":
                    options.SocketGroupId = 1005;
                    break;
                default:
                    options.SocketMode |= UnixFileMode.GroupWrite;
                    break;
            }
        }));

        Assert.Contains($"{option} admits other users, and who connects can be checked on 64-bit Linux only", exception.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Abstract_names_are_refused_at_both_ends()
    {
        using var simulated = SimulatedSystem.Take(MacOs);
        using var channel = TachyonChannel.ForAddress("@tachyon-laptop");

        var atServer = await Assert.ThrowsAsync<NotSupportedException>(() => StartAndStopAsync(static _ => { }, "@tachyon-laptop"));
        var atClient = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call"));

        Assert.Contains("only Linux has the abstract namespace", atServer.Message, StringComparison.Ordinal);
        Assert.Contains("only Linux has the abstract namespace", atClient.Status.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Socket_of_a_killed_server_is_taken_over()
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        await using (var killed = await HostProgram.StartAsync(
            HostRole.Server, TransportKind.Adaptive, path, environment: [new(SimulatedSystem.Variable, MacOs)]))
        {
            await killed.KillAsync();
        }

        Assert.True(File.Exists(path));
        using var simulated = SimulatedSystem.Take(MacOs);
        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, path);
        using var channel = server.CreateChannel();

        PayloadAssert.Is(await new Echo.EchoClient(channel).UnaryAsync(Content.Create(3, 100)).ResponseAsync.Within("a call"), 3, 100);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("empty file")]
    [InlineData("directory")]
    public async Task Whatever_else_is_at_the_path_is_left_alone(string what)
    {
        using var directory = new TempDirectory();
        using var simulated = SimulatedSystem.Take(MacOs);
        var path = directory.FilePath("s");
        if (what == "directory")
        {
            Directory.CreateDirectory(path);
        }
        else
        {
            await File.WriteAllTextAsync(path, what == "file" ? "mine" : "");
        }

        var exception = await Assert.ThrowsAsync<IOException>(() => StartAndStopAsync(static _ => { }, path));

        Assert.Contains("a file that is not a socket is there", exception.InnerException!.Message, StringComparison.Ordinal);
        Assert.True(Path.Exists(path));
    }

    [Fact]
    public async Task Second_server_at_the_path_of_a_running_one_does_not_start()
    {
        using var simulated = SimulatedSystem.Take(MacOs);
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);

        var exception = await Assert.ThrowsAsync<IOException>(() => StartAndStopAsync(static _ => { }, server.Path));

        Assert.Contains("another server is listening there", exception.InnerException!.Message, StringComparison.Ordinal);
        using var channel = server.CreateChannel();
        PayloadAssert.Is(await new Echo.EchoClient(channel).UnaryAsync(Content.Create(3, 100)).ResponseAsync.Within("a call"), 3, 100);
    }

    [Fact]
    public async Task Calls_that_need_an_identity_are_refused_with_a_warning_at_the_start()
    {
        using var simulated = SimulatedSystem.Take(MacOs);
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive, new TestApplicationOptions
        {
            Listen = static listen => listen.Protocols = HttpProtocols.Http1,
            Services = static services =>
            {
                services.AddAuthentication(TachyonPeerDefaults.AuthenticationScheme).AddTachyonPeer();
                services.AddAuthorization();
            },
            Application = static app =>
            {
                app.UseAuthentication();
                app.UseAuthorization();
                app.MapGet("/open", static () => "open");
                app.MapGet("/closed", [Authorize] static () => "closed");
            },
        });
        using var client = new HttpClient(server.CreateHandler());

        using var closed = await client.GetAsync(new Uri(TestTransport.Address, "/closed")).Within("a request");

        Assert.Equal(System.Net.HttpStatusCode.Unauthorized, closed.StatusCode);
        Assert.Equal("open", await client.GetStringAsync(new Uri(TestTransport.Address, "/open")).Within("a request"));
        var warning = Assert.Single(server.Logs.Entries, static entry => entry.Event.Id == 116);
        Assert.Contains("calls that need one are refused", warning.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Client_that_demands_a_user_of_the_server_does_not_connect()
    {
        using var simulated = SimulatedSystem.Take(MacOs);
        await using var server = await TestServer.StartAsync(TransportKind.Adaptive);
        using var channel = TachyonChannel.ForAddress(server.Path, new TachyonChannelOptions { ServerUser = "0" });

        var exception = await Assert.ThrowsAsync<RpcException>(
            () => new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("a call"));

        Assert.Contains("which can be checked on 64-bit Linux only: nothing was sent to it", exception.Status.Detail, StringComparison.Ordinal);
    }

    private static async Task StartAndStopAsync(Action<TachyonTransportOptions> configure, string? path = null)
    {
        using var directory = new TempDirectory();
        await using var app = TestApplication.Build(
            TestTransport.For(TransportKind.Adaptive),
            path ?? directory.FilePath("s"),
            new TestApplicationOptions { Services = services => services.Configure(configure) });
        await app.StartAsync().Within("the start of the server");
        await app.StopAsync().Within("the stop of the server");
    }
}
