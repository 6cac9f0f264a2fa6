using System.Text.Json;
using Grpc.Core;
using Grpc.Net.Client;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>What came of each method of <see cref="Callers"/>, by its name.</summary>
/// <param name="Statuses">How the calls ended.</param>
/// <param name="Authenticated">Whether the server authenticated the caller.</param>
/// <param name="Name">For whom.</param>
/// <param name="Claims">The claims as "type=value".</param>
public sealed record AskerReport(
    IReadOnlyDictionary<string, StatusCode> Statuses, bool Authenticated, string Name, IReadOnlyList<string> Claims);

/// <summary>A client that tries what it may do.</summary>
public static class AskerRole
{
    public static async Task<AskerReport> AskAsync(GrpcChannel channel, Metadata? headers = null)
    {
        var callers = new Callers.CallersClient(channel);
        var request = new CallersRequest();
        var reply = await callers.AnybodyAsync(request, headers);
        var statuses = new Dictionary<string, StatusCode>
        {
            [nameof(callers.Authenticated)] = await StatusAsync(callers.AuthenticatedAsync(request, headers)),
            [nameof(callers.Member)] = await StatusAsync(callers.MemberAsync(request, headers)),
            [nameof(callers.MemberByNumber)] = await StatusAsync(callers.MemberByNumberAsync(request, headers)),
            [nameof(callers.Root)] = await StatusAsync(callers.RootAsync(request, headers)),
        };
        return new AskerReport(statuses, reply.Authenticated, reply.Name, [.. reply.Claims.Select(static claim => $"{claim.Type}={claim.Value}")]);
    }

    internal static async Task<int> RunAsync(HostSettings settings)
    {
        Console.WriteLine(HostSettings.ReadyLine);
        using var channel = TestTransport.For(settings.Transport).CreateChannel(settings.Path);
        Console.WriteLine($"{HostSettings.ResultLine} {JsonSerializer.Serialize(await AskAsync(channel))}");
        return 0;
    }

    private static async Task<StatusCode> StatusAsync(AsyncUnaryCall<CallersReply> call)
    {
        try
        {
            await call;
            return StatusCode.OK;
        }
        catch (RpcException exception)
        {
            return exception.StatusCode;
        }
    }
}
