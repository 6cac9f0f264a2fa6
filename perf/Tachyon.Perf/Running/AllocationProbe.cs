using Tachyon.Perf.Measurement;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf.Running;

/// <summary>What the transport allocates in each process for an echo of 64 B, without gRPC.</summary>
internal sealed record AllocationResult(string Candidate, int RoundTrips, double ClientBytes, double ServerBytes);

internal static class AllocationProbe
{
    private const int RoundTrips = 20_000;
    private const int Few = 1_000;

    internal static async Task<AllocationResult> MeasureAsync(CandidateProcesses candidate)
    {
        // Until the JIT is done: code that it replaces could allocate once more.
        for (var i = 0; i < 3; i++)
        {
            await candidate.Client.AskAsync<DoneReply>(new EchoRequest(RoundTrips));
        }

        // The allocations of the requests themselves are in both, so the difference does not have them.
        (var clientFew, var serverFew) = await EchoAsync(candidate, Few);
        (var client, var server) = await EchoAsync(candidate, Few + RoundTrips);
        await candidate.CloseAsync();
        return new AllocationResult(
            candidate.Name, RoundTrips, Math.Max(0, client - clientFew) / RoundTrips, Math.Max(0, server - serverFew) / RoundTrips);
    }

    private static async Task<(double Client, double Server)> EchoAsync(CandidateProcesses candidate, int roundTrips)
    {
        var server = await candidate.ServerUsageAsync();
        var client = await candidate.Client.UsageAsync();
        await candidate.Client.AskAsync<DoneReply>(new EchoRequest(roundTrips));
        client = await candidate.Client.UsageAsync() - client;
        server = await candidate.ServerUsageAsync() - server;
        return (client.AllocatedBytes, server.AllocatedBytes);
    }
}
