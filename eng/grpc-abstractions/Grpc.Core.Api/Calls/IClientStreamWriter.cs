namespace Grpc.Core;

/// <summary>The client's end of a stream of requests.</summary>
/// <typeparam name="T">The type of the requests.</typeparam>
public interface IClientStreamWriter<in T> : IAsyncStreamWriter<T>
{
    /// <summary>Tells the server that no more requests follow.</summary>
    Task CompleteAsync();
}
