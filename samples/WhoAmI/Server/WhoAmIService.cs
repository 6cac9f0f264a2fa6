using System.Globalization;
using System.Security.Claims;
using Grpc.Core;
using Microsoft.AspNetCore.Authorization;
using Tachyon.AspNetCore;

namespace WhoAmI.Server;

// A plain gRPC service with the usual attributes. Nothing in it depends on the source of identities.
[Authorize]
internal sealed class WhoAmIService : WhoAmI.WhoAmIBase
{
    public override Task<Caller> Ask(AskRequest request, ServerCallContext context)
    {
        var user = context.GetHttpContext().User;
        return Task.FromResult(new Caller
        {
            Name = user.Identity?.Name ?? "",
            UserId = uint.Parse(user.FindFirstValue(TachyonPeerClaimTypes.UserId)!, CultureInfo.InvariantCulture),
            ProcessId = int.Parse(user.FindFirstValue(TachyonPeerClaimTypes.ProcessId) ?? "0", CultureInfo.InvariantCulture),
            Roles = { user.FindAll(ClaimTypes.Role).Select(role => role.Value) },
        });
    }

    [Authorize(Roles = "root,sudo,wheel")]
    public override Task<RestartReply> Restart(RestartRequest request, ServerCallContext context) =>
        Task.FromResult(new RestartReply { Message = "Not really: this is a sample." });
}
