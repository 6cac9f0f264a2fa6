using Grpc.Core.Utils;

namespace Grpc.Core;

/// <summary>Extensions of <see cref="IAsyncStreamReader{T}" />.</summary>
public static class AsyncStreamReaderExtensions
{
    /// <summary>Advances to the next message, without a way to cancel.</summary>
    public static Task<bool> MoveNext<T>(this IAsyncStreamReader<T> streamReader)
        where T : class
    {
        GrpcPreconditions.CheckNotNull(streamReader, nameof(streamReader));
        return streamReader.MoveNext(CancellationToken.None);
    }
}
