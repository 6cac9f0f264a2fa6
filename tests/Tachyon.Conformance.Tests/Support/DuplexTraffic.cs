using Grpc.Core;
using Tachyon.TestHost.Fixtures;
using Tachyon.TestHost.Protos;
using Tachyon.TestHost.Services;

namespace Tachyon.Conformance.Tests.Support;

/// <summary>A client's end of a stream that never ends by itself, with counts of what has passed.</summary>
internal sealed class DuplexTraffic
{
    private long _sent;
    private long _received;

    /// <summary>Messages whose write has completed.</summary>
    public long Sent => Volatile.Read(ref _sent);

    public long Received => Volatile.Read(ref _received);

    public async Task WriteForeverAsync(IClientStreamWriter<Payload> requests, int size)
    {
        while (true)
        {
            await requests.WriteAsync(Content.Create((int)_sent, size));
            Interlocked.Increment(ref _sent);
        }
    }

    public async Task ReadToTheEndAsync(IAsyncStreamReader<Payload> responses, int size)
    {
        await foreach (var payload in responses.ReadAllAsync())
        {
            PayloadAssert.Is(payload, (int)_received, size);
            Interlocked.Increment(ref _received);
        }
    }
}
