using System.Runtime.CompilerServices;

namespace Grpc.Core;

/// <summary>Extensions of <see cref="IAsyncStreamReader{T}" />.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>
    /// The messages that are still to be read, as an asynchronous sequence. It reads the stream itself, so it can be
    /// enumerated once.
    /// </summary>
    public static IAsyncEnumerable<T> ReadAllAsync<T>(
        this IAsyncStreamReader<T> streamReader, CancellationToken cancellationToken = default)
    {
        // Apart from the iterator, so that a null is found here and not by the first read.
        ArgumentNullException.ThrowIfNull(streamReader);
        return ReadAllAsyncCore(streamReader, cancellationToken);
    }

    private static async IAsyncEnumerable<T> ReadAllAsyncCore<T>(
        IAsyncStreamReader<T> streamReader, [EnumeratorCancellation] CancellationToken cancellationToken)
    {
        while (await streamReader.MoveNext(cancellationToken).ConfigureAwait(false))
        {
            yield return streamReader.Current;
        }
    }
}
