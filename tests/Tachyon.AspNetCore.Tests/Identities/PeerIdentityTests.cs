using System.Collections.Concurrent;
using System.Globalization;
using System.Security.Claims;
using Grpc.Core;
using Grpc.Core.Interceptors;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.DependencyInjection;
using Tachyon.AspNetCore;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Roles;
using Tachyon.TestHost.Services;
using Tachyon.TestHost.Transports;
using static Tachyon.TestHost.Fixtures.Accounts;

namespace Tachyon.AspNetCore.Tests.Identities;

/// <summary>Who is calling: real users, real groups, ordinary [Authorize] attributes.</summary>
public sealed class PeerIdentityTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Own_user_is_identified(bool overSharedMemory)
    {
        await using var host = await CallersHost.StartAsync();
        using var channel = overSharedMemory ? host.CreateChannel() : host.CreatePlainChannel();

        var report = await AskerRole.AskAsync(channel).Within("the calls");

        Assert.True(report.Authenticated);
        AssertClaims(report, OwnUserId, OwnGroupId, OwnGroupIds, Environment.ProcessId);
    }

    [RequiresTheory(Requires.Root, "setpriv")]
    [InlineData(TransportKind.Park)]
    [InlineData(TransportKind.UnixSocket)]
    public async Task Other_user_is_identified(TransportKind client)
    {
        await using var host = await CallersHost.StartAsync([OtherUser]);
        uint[] groups = [GroupIdOf(CallersService.MemberGroup), CallersService.NamelessGroup];

        var (report, processId) = await AccountChild.AskAsync(host.Path, groups: groups, transport: client);

        Assert.NotNull(NameOf(OtherUser));
        AssertClaims(report, OtherUser, OtherUser, groups, processId);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Groups_and_users_are_roles()
    {
        await using var host = await CallersHost.StartAsync([OtherUser]);
        var member = GroupIdOf(CallersService.MemberGroup);

        await AssertAllowedAsync(host, [], []);
        await AssertAllowedAsync(host, [member], ["Member"]);
        await AssertAllowedAsync(host, [CallersService.NamelessGroup], ["MemberByNumber"]);
        await AssertAllowedAsync(host, [CallersService.NamelessGroup, member], ["Member", "MemberByNumber"]);

        using var channel = host.CreateChannel();
        var own = await AskerRole.AskAsync(channel).Within("the calls");
        Assert.Equal(StatusCode.OK, own.Statuses["Root"]);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Overflow_uid_has_no_roles()
    {
        uint[] groups = [GroupIdOf(CallersService.MemberGroup)];
        await using var host = await CallersHost.StartAsync([TestUsers.Overflow]);

        var (report, _) = await AccountChild.AskAsync(host.Path, TestUsers.Overflow, groups);

        Assert.Empty(Roles(report));
        Assert.Equal(StatusCode.OK, report.Statuses["Authenticated"]);
        Assert.Equal(StatusCode.PermissionDenied, report.Statuses["Member"]);
        Assert.Contains($"{TachyonPeerClaimTypes.UserId}={TestUsers.Overflow}", report.Claims);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Overflow_uid_has_roles_where_configured()
    {
        uint[] groups = [GroupIdOf(CallersService.MemberGroup)];
        await using var host = await CallersHost.StartAsync([TestUsers.Overflow], static options => options.GrantRolesToOverflowIds = true);

        var (report, processId) = await AccountChild.AskAsync(host.Path, TestUsers.Overflow, groups);

        AssertClaims(report, TestUsers.Overflow, TestUsers.Overflow, groups, processId);
    }

    [RequiresFact(Requires.Root, "setpriv")]
    public async Task Group_that_may_be_any_is_no_role()
    {
        await using var host = await CallersHost.StartAsync([OtherUser]);

        var (report, _) = await AccountChild.AskAsync(host.Path, groups: [TestUsers.Overflow]);

        Assert.Contains($"{TachyonPeerClaimTypes.SupplementaryGroupId}={TestUsers.Overflow}", report.Claims);
        Assert.Equal(ExpectedRoles(OtherUser, [OtherUser]), Roles(report));
    }

    [Fact]
    public async Task Callers_over_tcp_have_no_identity()
    {
        await using var host = await CallersHost.StartAsync();
        using var channel = host.CreateTcpChannel();

        var report = await AskerRole.AskAsync(channel).Within("the calls");

        Assert.False(report.Authenticated);
        Assert.Empty(report.Claims);
        Assert.All(report.Statuses.Values, static status => Assert.Equal(StatusCode.Unauthenticated, status));
        Assert.Equal(4, report.Statuses.Count);
    }

    [Fact]
    public async Task Headers_change_nothing()
    {
        await using var host = await CallersHost.StartAsync();
        using var channel = host.CreateChannel();
        using var tcp = host.CreateTcpChannel();
        var headers = new Metadata();
        foreach (var name in (string[])["authorization", "x-remote-user", "x-forwarded-user", "remote-user", "x-ms-client-principal-name", "from", "cookie"])
        {
            headers.Add(name, "daemon");
        }

        var plain = await AskerRole.AskAsync(channel).Within("the calls");
        var dressed = await AskerRole.AskAsync(channel, headers).Within("the calls with headers");
        var remote = await AskerRole.AskAsync(tcp, headers).Within("the calls over TCP");

        Assert.Equal(plain.Claims, dressed.Claims);
        Assert.Equal(plain.Statuses, dressed.Statuses);
        Assert.False(remote.Authenticated);
    }

    [Fact]
    public async Task Interceptors_see_the_user()
    {
        var names = new ConcurrentQueue<string?>();
        await using var host = await CallersHost.StartAsync(services: services =>
        {
            services.AddSingleton(names);
            services.AddGrpc(static grpc => grpc.Interceptors.Add<NameInterceptor>());
        });
        using var channel = host.CreateChannel();

        await new Callers.CallersClient(channel).AuthenticatedAsync(new CallersRequest()).ResponseAsync.Within("a call");

        Assert.Equal([Environment.UserName], names);
    }

    [Fact]
    public async Task Callback_adds_to_the_identity_once_for_a_connection()
    {
        var users = new ConcurrentQueue<uint>();
        await using var host = await CallersHost.StartAsync(peer: options => options.OnIdentityCreated = context =>
        {
            Assert.NotNull(context.Services.GetService<IAuthenticationService>());
            users.Enqueue(context.Connection.Peer.UserId);
            context.Identity.AddClaim(new Claim(ClaimTypes.Role, CallersService.MemberGroup));
            return ValueTask.CompletedTask;
        });
        using (var channel = host.CreateChannel())
        {
            // Five calls.
            Assert.Equal(StatusCode.OK, (await AskerRole.AskAsync(channel).Within("the calls")).Statuses["Member"]);
        }

        using (var channel = host.CreateChannel())
        {
            await AskerRole.AskAsync(channel).Within("the calls of another connection");
        }

        Assert.Equal([OwnUserId, OwnUserId], users);
    }

    [Fact]
    public async Task Callback_that_throws_fails_the_call()
    {
        await using var host = await CallersHost.StartAsync(
            peer: static options => options.OnIdentityCreated = static _ => throw new IOException("No database."));
        using var channel = host.CreateChannel();

        for (var call = 0; call < 2; call++)
        {
            await CallAssert.FailsAsync(
                new Callers.CallersClient(channel).AuthenticatedAsync(new CallersRequest()).ResponseAsync,
                "a call",
                StatusCode.Unknown,
                StatusCode.Internal);
        }
    }

    [Fact]
    public async Task Headers_that_a_transformation_adds_stay_in_their_call()
    {
        await using var host = await CallersHost.StartAsync(
            services: static services => services.AddSingleton<IClaimsTransformation, AddingTransformation>());
        using var channel = host.CreateChannel();
        var callers = new Callers.CallersClient(channel);

        for (var call = 0; call < 3; call++)
        {
            var reply = await callers.AnybodyAsync(new CallersRequest()).ResponseAsync.Within("a call");
            Assert.Single(reply.Claims, static claim => claim.Type == AddingTransformation.ClaimType);
        }
    }

    private static async Task AssertAllowedAsync(CallersHost host, uint[] groups, string[] allowed)
    {
        var (report, _) = await AccountChild.AskAsync(host.Path, groups: groups);

        Assert.Equal(StatusCode.OK, report.Statuses["Authenticated"]);
        Assert.All(
            report.Statuses.Where(static pair => pair.Key != "Authenticated"),
            pair => Assert.Equal(allowed.Contains(pair.Key) ? StatusCode.OK : StatusCode.PermissionDenied, pair.Value));
    }

    /// <summary>These claims and no others.</summary>
    private static void AssertClaims(AskerReport report, uint user, uint group, uint[] supplementary, int processId)
    {
        List<string> expected =
        [
            $"{ClaimTypes.NameIdentifier}={user}",
            $"{TachyonPeerClaimTypes.UserId}={user}",
            $"{TachyonPeerClaimTypes.GroupId}={group}",
            $"{TachyonPeerClaimTypes.ProcessId}={processId}",
            .. supplementary.Select(static id => $"{TachyonPeerClaimTypes.SupplementaryGroupId}={id}"),
            .. ExpectedRoles(user, [group, .. supplementary]).Select(static role => $"{ClaimTypes.Role}={role}"),
        ];
        if (NameOf(user) is { } name)
        {
            expected.Add($"{ClaimTypes.Name}={name}");
            Assert.Equal(name, report.Name);
        }

        Assert.Equal(expected.Order(StringComparer.Ordinal), report.Claims.Order(StringComparer.Ordinal));
    }

    private static SortedSet<string> ExpectedRoles(uint user, uint[] groups)
    {
        var roles = new SortedSet<string>(StringComparer.Ordinal) { string.Create(CultureInfo.InvariantCulture, $"uid:{user}") };
        if (NameOf(user) is { } name)
        {
            roles.Add($"user:{name}");
        }

        foreach (var group in groups)
        {
            roles.Add(string.Create(CultureInfo.InvariantCulture, $"gid:{group}"));
            if (GroupNameOf(group) is { } groupName)
            {
                roles.Add(groupName);
            }
        }

        return roles;
    }

    private static SortedSet<string> Roles(AskerReport report)
        => new(
            report.Claims.Where(static claim => claim.StartsWith(ClaimTypes.Role + "=", StringComparison.Ordinal))
                .Select(static claim => claim[(ClaimTypes.Role.Length + 1)..]),
            StringComparer.Ordinal);

    private sealed class NameInterceptor(ConcurrentQueue<string?> names) : Interceptor
    {
        public override Task<TResponse> UnaryServerHandler<TRequest, TResponse>(
            TRequest request, ServerCallContext context, UnaryServerMethod<TRequest, TResponse> continuation)
        {
            names.Enqueue(context.GetHttpContext().User.Identity?.Name);
            return continuation(request, context);
        }
    }

    /// <summary>Changes the identity that it is given, as many applications do.</summary>
    private sealed class AddingTransformation : IClaimsTransformation
    {
        public const string ClaimType = "added";

        public Task<ClaimsPrincipal> TransformAsync(ClaimsPrincipal principal)
        {
            ((ClaimsIdentity)principal.Identity!).AddClaim(new Claim(ClaimType, "by one call"));
            return Task.FromResult(principal);
        }
    }
}
