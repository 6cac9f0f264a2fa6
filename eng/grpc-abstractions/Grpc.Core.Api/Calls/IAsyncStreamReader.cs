namespace Grpc.Core;

/// <summary>A stream of messages to be read.</summary>
/// <typeparam name="T">The type of the messages.</typeparam>
public interface IAsyncStreamReader<out T>
{
    /// <summary>The message that the last successful <see cref="MoveNext" /> arrived at.</summary>
    T Current { get; }

    /// <summary>
    /// Advances to the next message: true if there is one, false at the end of the stream. Only one read may be pending.
    /// </summary>
    Task<bool> MoveNext(CancellationToken cancellationToken);
}
