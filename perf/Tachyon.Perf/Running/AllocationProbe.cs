using Tachyon.Perf.Measurement;
using Tachyon.Perf.Workers;

namespace Tachyon.Perf.Running;

/// <summary>What the transport allocates in each process for an echo of 64 B, without gRPC.</summary>
internal sealed record AllocationResult(string Rival, int RoundTrips, double ClientBytes, double ServerBytes);

internal static class AllocationProbe
{
    private const int RoundTrips = 20_000;
    private const int Few = 1_000;

    internal static async Task<AllocationResult> MeasureAsync(Contestant contestant)
    {
        // Until the JIT is done: what it replaces while running could allocate once more.
        for (int i = 0; i < 3; i++)
        {
            await contestant.Client.AskAsync<DoneReply>(new EchoRequest(RoundTrips));
        }

        // What the asking itself allocates is in both, and falls out.
        (double clientFew, double serverFew) = await EchoAsync(contestant, Few);
        (double client, double server) = await EchoAsync(contestant, Few + RoundTrips);
        await contestant.CloseAsync();
        return new AllocationResult(
            contestant.Rival.Name, RoundTrips, Math.Max(0, client - clientFew) / RoundTrips, Math.Max(0, server - serverFew) / RoundTrips);
    }

    private static async Task<(double Client, double Server)> EchoAsync(Contestant contestant, int roundTrips)
    {
        Usage server = await contestant.ServerUsageAsync();
        Usage client = await contestant.Client.UsageAsync();
        await contestant.Client.AskAsync<DoneReply>(new EchoRequest(roundTrips));
        client = await contestant.Client.UsageAsync() - client;
        server = await contestant.ServerUsageAsync() - server;
        return (client.AllocatedBytes, server.AllocatedBytes);
    }
}
