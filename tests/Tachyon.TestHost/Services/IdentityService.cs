using Grpc.Core;
using Tachyon.AspNetCore;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Tells one server process from another, and one connection from another.</summary>
public sealed class IdentityService : Identity.IdentityBase
{
    public override Task<WhoReply> Who(Nothing request, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        var connection = http.Features.Get<ITachyonConnectionFeature>();
        return Task.FromResult(new WhoReply
        {
            ProcessId = Environment.ProcessId,
            HttpProtocol = http.Request.Protocol,
            SharedMemory = connection is not null,
            PeerProcessId = http.Features.Get<ITachyonPeerFeature>()?.Peer.ProcessId ?? 0,
            Direct = connection?.IsDirect == true,
        });
    }
}
