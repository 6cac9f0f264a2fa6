using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Says for whom it takes its caller. What its methods demand is in attributes, as in any ASP.NET Core service.</summary>
public sealed class CallersService : Callers.CallersBase
{
    /// <summary>A group that every system has.</summary>
    public const string MemberGroup = "bin";

    /// <summary>A group that no system gives a name to.</summary>
    public const uint NamelessGroup = 4_000_001;

    [AllowAnonymous]
    public override Task<CallersReply> Anybody(CallersRequest request, ServerCallContext context) => Answer(context);

    [Authorize]
    public override Task<CallersReply> Authenticated(CallersRequest request, ServerCallContext context) => Answer(context);

    [Authorize(Roles = MemberGroup)]
    public override Task<CallersReply> Member(CallersRequest request, ServerCallContext context) => Answer(context);

    [Authorize(Roles = "gid:4000001")]
    public override Task<CallersReply> MemberByNumber(CallersRequest request, ServerCallContext context) => Answer(context);

    [Authorize(Roles = "user:root")]
    public override Task<CallersReply> Root(CallersRequest request, ServerCallContext context) => Answer(context);

    private static Task<CallersReply> Answer(ServerCallContext context)
    {
        var user = context.GetHttpContext().User;
        return Task.FromResult(new CallersReply
        {
            Authenticated = user.Identity is { IsAuthenticated: true },
            Name = user.Identity?.Name ?? "",
            Claims = { user.Claims.Select(static claim => new CallersClaim { Type = claim.Type, Value = claim.Value }) },
        });
    }
}
