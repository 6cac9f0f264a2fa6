using Grpc.Core;
using Tachyon.TestHost.Protos;

namespace Tachyon.TestHost.Services;

/// <summary>Tells one server process from another.</summary>
public sealed class IdentityService : Identity.IdentityBase
{
    public override Task<WhoReply> Who(Nothing request, ServerCallContext context)
        => Task.FromResult(new WhoReply
        {
            ProcessId = Environment.ProcessId,
            HttpProtocol = context.GetHttpContext().Request.Protocol,
        });
}
