using System.Globalization;
using System.Security.Claims;
using Grpc.Core;
using Tachyon.AspNetCore;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Roles;
using static Tachyon.TestHost.Fixtures.Accounts;

namespace Tachyon.AspNetCore.Tests.Identities;

/// <summary>Server or client in namespaces of their own, as in containers.</summary>
public sealed class NamespaceTests
{
    // Its only user is root, which is root outside; it sees no process of outside. The shell is its first process, which could not kill
    // itself, as the child does when its leash ends.
    private static readonly string[] s_unshare =
        ["unshare", "--user", "--map-root-user", "--pid", "--fork", "--kill-child", "sh", "-c", "\"$@\"; exit $?", "sh"];

    [RequiresFact(Requires.Root, "setpriv", "unshare")]
    public async Task Server_treats_unmapped_users_as_the_overflow_user()
    {
        using var directory = new TempDirectory().OpenToAll();
        await using var server = await AccountChild.StartAsync(
            HostRole.CallersServer, directory.FilePath("s"), user: null, wrapper: s_unshare);

        // Its own groups, by which it could be taken for a member, can't be shown either.
        var (stranger, _) = await AccountChild.AskAsync(directory.FilePath("s"), groups: [GroupIdOf("bin")]);
        using var channel = TachyonChannel.ForAddress(directory.FilePath("s"));
        var own = await AskerRole.AskAsync(channel).Within("the calls");

        Assert.Contains($"{TachyonPeerClaimTypes.UserId}=65534", stranger.Claims);
        Assert.Contains($"{TachyonPeerClaimTypes.SupplementaryGroupId}=65534", stranger.Claims);
        Assert.DoesNotContain(stranger.Claims, static claim => claim.StartsWith(ClaimTypes.Role, StringComparison.Ordinal));
        Assert.Equal(StatusCode.OK, stranger.Statuses["Authenticated"]);
        Assert.Equal(StatusCode.OK, own.Statuses["Root"]);
        Assert.All(
            [stranger, own],
            static report => Assert.DoesNotContain(
                report.Claims,
                static claim => claim.StartsWith(TachyonPeerClaimTypes.ProcessId, StringComparison.Ordinal)));
    }

    [RequiresFact(Requires.Root, "setpriv", "unshare")]
    public async Task Client_that_is_root_in_its_own_namespace_is_who_it_is()
    {
        await using var host = await CallersHost.StartAsync([OtherUser]);

        var (report, _) = await AccountChild.AskAsync(
            host.Path,
            user: null,
            wrapper: ["setpriv", $"--reuid={OtherUser}", $"--regid={OtherUser}", "--clear-groups", "unshare", "--user", "--map-root-user"]);

        Assert.Contains($"{TachyonPeerClaimTypes.UserId}={OtherUser.ToString(CultureInfo.InvariantCulture)}", report.Claims);
        Assert.Equal(NameOf(OtherUser), report.Name);
        Assert.Equal(StatusCode.PermissionDenied, report.Statuses["Root"]);
    }
}
