using System.Runtime.CompilerServices;

namespace Tachyon.Perf.Rivals;

/// <summary>What the Echo service does, for rivals.</summary>
internal static class RivalService
{
    internal static async IAsyncEnumerable<byte[]> DownloadAsync(
        int size, int count, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        var message = new byte[size];
        for (var i = 0; i < count && !cancellationToken.IsCancellationRequested; i++)
        {
            yield return message;
        }

        // Without an await the compiler warns; the rivals wait between the messages.
        await Task.CompletedTask;
    }

    internal static async Task<long> UploadAsync(IAsyncEnumerable<byte[]> messages, CancellationToken cancellationToken)
    {
        long bytes = 0;
        await foreach (var message in messages.WithCancellation(cancellationToken))
        {
            bytes += message.Length;
        }

        return bytes;
    }
}
