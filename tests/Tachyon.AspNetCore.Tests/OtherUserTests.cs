using System.Collections.Concurrent;
using Grpc.Core;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;
using Tachyon.Transport;

namespace Tachyon.AspNetCore.Tests;

/// <summary>
/// A client of another user. The server takes it only if it was told to, and reads private copies of its bytes instead of the shared
/// memory: another way through the whole transport.
/// </summary>
public sealed class OtherUserTests
{
    // Every system has this user, and it owns nothing.
    private const string OtherUserName = "nobody";

    [RequiresFact("setpriv", Requires.Root)]
    public async Task User_that_is_allowed_makes_calls()
    {
        var peers = new ConcurrentQueue<TachyonPeer>();
        using var directory = new TempDirectory().OpenToAll();
        var other = await UserIdAsync(OtherUserName);
        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, directory.FilePath("s"), new TestApplicationOptions
        {
            Services = services => services.Configure<TachyonTransportOptions>(options =>
            {
                options.SocketMode = AnybodyMayConnect;
                options.AllowedUserIds.Add(other);
            }),
            Application = app => app.Use((context, next) =>
            {
                peers.Enqueue(context.Features.Get<ITachyonConnectionFeature>()!.Peer);
                return next(context);
            }),
        });

        Assert.Equal(new CallerReport(StatusCode.OK, string.Empty), await CallAsOtherUserAsync(server));
        Assert.All(peers, peer => Assert.Equal(other, peer.UserId));
        Assert.NotEmpty(peers);
    }

    [RequiresFact("setpriv", Requires.Root)]
    public async Task User_that_is_not_allowed_gets_an_error()
    {
        using var directory = new TempDirectory().OpenToAll();
        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, directory.FilePath("s"), new TestApplicationOptions
        {
            Services = static services
                => services.Configure<TachyonTransportOptions>(static options => options.SocketMode = AnybodyMayConnect),
        });

        var report = await CallAsOtherUserAsync(server);

        Assert.Equal(StatusCode.Unavailable, report.Status);
        Assert.Contains("does not accept user", report.Detail, StringComparison.Ordinal);
        Assert.Contains(nameof(TachyonServerOptions.AllowedUserIds), report.Detail, StringComparison.Ordinal);
    }

    [RequiresFact("setpriv", Requires.Root)]
    public async Task Socket_is_closed_to_other_users_by_default()
    {
        using var directory = new TempDirectory().OpenToAll();
        await using var server = await TestServer.StartAtAsync(TransportKind.Adaptive, directory.FilePath("s"));

        var report = await CallAsOtherUserAsync(server);

        Assert.Equal(StatusCode.Unavailable, report.Status);
        Assert.Contains("permissions", report.Detail, StringComparison.Ordinal);
    }

    private static UnixFileMode AnybodyMayConnect
        => UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
            | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private static async Task<CallerReport> CallAsOtherUserAsync(TestServer server)
    {
        var other = await UserIdAsync(OtherUserName);
        await using var client = await HostProgram.StartAsync(HostRole.Caller, server.Kind, server.Path, user: other);
        return await HostProgram.ResultAsync<CallerReport>(client);
    }

    private static async Task<uint> UserIdAsync(string name)
        => await File.ReadLinesAsync("/etc/passwd")
            .Where(line => line.StartsWith(name + ":", StringComparison.Ordinal))
            .Select(static line => uint.Parse(line.Split(':')[2], null))
            .SingleAsync();
}
