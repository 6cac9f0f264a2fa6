using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>The service manager makes the listening socket and starts the server with its first client (systemd.socket(5),
/// sd_listen_fds(3)).</summary>
public sealed class SocketActivationTests
{
    [RequiresTheory("systemd-socket-activate")]
    [InlineData(TransportKind.Adaptive)]
    [InlineData(TransportKind.UnixSocket)]
    public async Task First_client_starts_the_server_on_a_socket_that_outlives_it(TransportKind client)
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        await using var manager = await ActivateAsync(path);

        // The start of a server is a part of this handshake.
        using var channel = client == TransportKind.UnixSocket
            ? TestTransport.For(client).CreateChannel(path)
            : TachyonChannel.ForAddress(
                path, new TachyonChannelOptions { HandshakeTimeout = Watchdog.Limit, SharedMemory = TachyonSharedMemory.Require });
        var who = await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("the first call");

        // By then it has become the server.
        Assert.Equal(manager.Id, who.ProcessId);
        manager.Signal(Signals.Terminate);
        await manager.WaitForExitAsync();
        Assert.True(manager.ExitCode == 0, manager.Errors);
        Assert.True(File.Exists(path), "The socket's file is the manager's, not the server's.");
    }

    [RequiresFact("systemd-socket-activate")]
    public async Task Server_with_shared_memory_off_serves_on_the_socket_of_the_service_manager()
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        await using var manager = await ActivateAsync(TransportKind.SharedMemoryOff, path);
        using var channel = TestTransport.For(TransportKind.UnixSocket).CreateChannel(path);

        var who = await new Identity.IdentityClient(channel).WhoAsync(new Nothing()).ResponseAsync.Within("the first call");

        Assert.Equal(manager.Id, who.ProcessId);
        manager.Signal(Signals.Terminate);
        await manager.WaitForExitAsync();
        Assert.True(File.Exists(path), "The socket's file is the manager's, not the server's.");
    }

    [RequiresFact("systemd-socket-activate")]
    public async Task Socket_that_matches_no_endpoint_is_a_warning()
    {
        using var directory = new TempDirectory();
        var path = directory.FilePath("s");
        var other = directory.FilePath("other");
        await using var manager = await ActivateAsync(path, other);
        using var channel = TachyonChannel.ForAddress(path, new TachyonChannelOptions { HandshakeTimeout = Watchdog.Limit });

        await new Echo.EchoClient(channel).UnaryAsync(new Payload()).ResponseAsync.Within("the first call");

        await Watchdog.Until(() => manager.Errors.Contains("matches no endpoint", StringComparison.Ordinal), "the warning");
        Assert.Contains($"The socket '{other}' of the service manager matches no endpoint", manager.Errors, StringComparison.Ordinal);
        Assert.DoesNotContain($"The socket '{path}' of the service manager", manager.Errors, StringComparison.Ordinal);
    }

    /// <summary>A service manager that listens at the paths, and starts a server at the first one with the first client.</summary>
    private static Task<ChildProgram> ActivateAsync(params string[] paths) => ActivateAsync(TransportKind.Adaptive, paths);

    private static async Task<ChildProgram> ActivateAsync(TransportKind transport, params string[] paths)
    {
        var settings = new HostSettings(HostRole.Server, transport, paths[0]);

        // It gives the program none of its own variables unless it is told to.
        string[] activate =
        [
            "systemd-socket-activate",
            .. paths.SelectMany(static path => new[] { "-l", path }),
            .. settings.ToEnvironment().Keys.SelectMany(static name => new[] { "-E", name }),
        ];
        var manager = HostProgram.Start(settings.Role, settings.Transport, settings.Path, activate);
        await Watchdog.Until(() => paths.All(File.Exists), "the sockets of the service manager");
        return manager;
    }
}
