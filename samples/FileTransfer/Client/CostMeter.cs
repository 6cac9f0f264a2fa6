using System.Diagnostics;
using FileTransfer.Protocol;

namespace FileTransfer.Client;

internal sealed class CostMeter(FileStore.FileStoreClient client)
{
    public async Task<Cost> MeasureAsync(Func<Task> work)
    {
        var serverBefore = await ServerCpuAsync();
        var clientBefore = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        await work();
        var elapsed = Stopwatch.GetElapsedTime(start);
        var clientCpu = Environment.CpuUsage.TotalTime - clientBefore;
        return new Cost(elapsed, clientCpu, await ServerCpuAsync() - serverBefore);
    }

    private async Task<TimeSpan> ServerCpuAsync() =>
        TimeSpan.FromMicroseconds((await client.GetUsageAsync(new UsageRequest())).Microseconds);
}
