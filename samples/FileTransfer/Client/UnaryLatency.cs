using System.Diagnostics;
using FileTransfer.Protocol;
using Google.Protobuf;

namespace FileTransfer.Client;

/// <summary>How long the smallest calls take, one after the other.</summary>
internal sealed class UnaryLatency(FileStore.FileStoreClient client)
{
    private const int WarmUpCalls = 300;
    private const int Calls = 4000;

    private static readonly EchoMessage Message = new() { Payload = ByteString.CopyFrom(new byte[64]) };

    private readonly double[] _microseconds = new double[Calls];

    public async Task WarmUpAsync(CancellationToken cancellationToken)
    {
        for (var call = 0; call < WarmUpCalls; call++)
        {
            await client.EchoAsync(Message, cancellationToken: cancellationToken);
        }
    }

    public async Task RunAsync(CancellationToken cancellationToken)
    {
        for (var call = 0; call < Calls; call++)
        {
            var start = Stopwatch.GetTimestamp();
            await client.EchoAsync(Message, cancellationToken: cancellationToken);
            _microseconds[call] = Stopwatch.GetElapsedTime(start).TotalMicroseconds;
        }

        Array.Sort(_microseconds);
    }

    public double Percentile(int percent) => _microseconds[Calls * percent / 100];
}
