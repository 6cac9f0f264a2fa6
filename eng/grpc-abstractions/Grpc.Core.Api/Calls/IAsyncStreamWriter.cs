namespace Grpc.Core;

/// <summary>A stream of messages to be written.</summary>
/// <typeparam name="T">The type of the messages.</typeparam>
public interface IAsyncStreamWriter<in T>
{
    /// <summary>The options of the writes that follow; null takes the defaults.</summary>
    WriteOptions? WriteOptions { get; set; }

    /// <summary>Writes a message. Only one write may be pending.</summary>
    Task WriteAsync(T message);

    /// <summary>
    /// Writes a message, and gives up when <paramref name="cancellationToken" /> says so. A writer that does not
    /// implement it takes only tokens that never cancel.
    /// </summary>
    Task WriteAsync(T message, CancellationToken cancellationToken) =>
        cancellationToken.CanBeCanceled
            ? throw new NotSupportedException("This stream writer cannot cancel a single write.")
            : WriteAsync(message);
}
