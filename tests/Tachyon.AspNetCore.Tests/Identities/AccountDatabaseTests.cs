using System.Globalization;
using System.Security.Claims;
using Grpc.Core;
using Tachyon.Grpc.Client;
using Tachyon.TestHost;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Transports;

namespace Tachyon.AspNetCore.Tests.Identities;

/// <summary>A server on a machine with unusual accounts: it has its own /etc in a mount namespace.</summary>
public sealed class AccountDatabaseTests
{
    private const string RealGroup = "admins-of-the-machine";

    [RequiresTheory(Requires.Root, "unshare", "mount")]
    [InlineData(0)]
    [InlineData(200)]
    [InlineData(50_000)]
    public async Task Group_of_any_size_has_its_name(int members)
    {
        // 50,000 members are 600 KB, all of which libc puts into the buffer.
        var names = string.Join(',', Enumerable.Range(0, members).Select(static index => string.Create(CultureInfo.InvariantCulture, $"member{index:D5}")));
        var report = await AskAsync(
            $"root:x:{Accounts.OwnUserId}:0::/:/bin/sh\n", $"{RealGroup}:x:{Accounts.OwnGroupId}:{names}\n");

        Assert.Contains($"{ClaimTypes.Role}={RealGroup}", report.Claims);
        Assert.Equal("root", report.Name);
    }

    [RequiresFact(Requires.Root, "unshare", "mount")]
    public async Task Ids_without_names_are_no_error()
    {
        var report = await AskAsync("", "");

        Assert.True(report.Authenticated);
        Assert.Equal("", report.Name);
        Assert.DoesNotContain(report.Claims, static claim => claim.StartsWith(ClaimTypes.Name + "=", StringComparison.Ordinal));
        Assert.Equal(
            new HashSet<string>([$"uid:{Accounts.OwnUserId}", .. Accounts.OwnGroupIds.Append(Accounts.OwnGroupId).Select(static id => $"gid:{id}")]),
            report.Claims.Where(static claim => claim.StartsWith(ClaimTypes.Role, StringComparison.Ordinal))
                .Select(static claim => claim[(ClaimTypes.Role.Length + 1)..]).ToHashSet());
        Assert.Equal(StatusCode.PermissionDenied, report.Statuses["Root"]);
    }

    private static async Task<AskerReport> AskAsync(string users, string groups)
    {
        using var directory = new TempDirectory();
        await File.WriteAllTextAsync(directory.FilePath("passwd"), users);
        await File.WriteAllTextAsync(directory.FilePath("group"), groups);

        // Files only: systemd's module would know root without them.
        await File.WriteAllTextAsync(directory.FilePath("nsswitch.conf"), "passwd: files\ngroup: files\n");
        await using var server = await AccountChild.StartAsync(
            HostRole.CallersServer,
            directory.FilePath("s"),
            user: null,
            wrapper:
            [
                "unshare", "--mount", "sh", "-c",
                """for file in passwd group nsswitch.conf; do mount --bind "$0/$file" "/etc/$file" || exit; done; exec "$@" """, directory.Path,
            ]);
        using var channel = TachyonChannel.ForAddress(directory.FilePath("s"));
        return await AskerRole.AskAsync(channel).Within("the calls");
    }
}
