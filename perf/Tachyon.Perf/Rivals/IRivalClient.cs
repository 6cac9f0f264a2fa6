namespace Tachyon.Perf.Rivals;

/// <summary>The calls of the Echo service as a rival makes them: bytes, and streams of them.</summary>
internal interface IRivalClient : IAsyncDisposable
{
    Task<byte[]> UnaryAsync(byte[] data, CancellationToken cancellationToken);

    IAsyncEnumerable<byte[]> DownloadAsync(int size, int count, CancellationToken cancellationToken);

    Task<long> UploadAsync(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken);

    IAsyncEnumerable<byte[]> PingPongAsync(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken);
}
