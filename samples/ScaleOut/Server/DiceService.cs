using System.Globalization;
using System.Security.Cryptography;
using Grpc.Core;
using ScaleOut.Protos;
using Tachyon.AspNetCore;

namespace ScaleOut.Server;

/// <summary>A plain gRPC service. For the demonstration a reply contains the transport of its request.</summary>
internal sealed class DiceService : Dice.DiceBase
{
    public override Task<RollReply> Roll(RollRequest request, ServerCallContext context)
        => Task.FromResult(Reply(request.Dice, context));

    public override async Task RollMany(RollRequest request, IServerStreamWriter<RollReply> responseStream, ServerCallContext context)
    {
        for (var roll = 0; roll < request.Dice; roll++)
        {
            await responseStream.WriteAsync(Reply(1, context), context.CancellationToken);
        }
    }

    private static RollReply Reply(int dice, ServerCallContext context)
    {
        var http = context.GetHttpContext();
        return new RollReply
        {
            Eyes = { Enumerable.Range(0, dice).Select(_ => RandomNumberGenerator.GetInt32(1, 7)) },
            ProcessId = Environment.ProcessId,
            Connection = http.Features.Get<ITachyonConnectionFeature>() is not null ? "shared memory"
                : http.Connection.LocalPort is var port and not 0 ? string.Create(CultureInfo.InvariantCulture, $"TCP port {port}")
                : "a Unix socket",
        };
    }
}
