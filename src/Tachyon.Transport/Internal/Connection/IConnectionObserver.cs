namespace Tachyon.Transport.Internal.Connection;

/// <summary>Follows the connections of the process. Called within the lock of <see cref="ConnectionRegistry"/>: must be quick.</summary>
internal interface IConnectionObserver
{
    /// <summary>A connection is about to start, or exists when the observer comes.</summary>
    void OnAdded(ConnectionCore connection);

    /// <summary>Both halves of a connection are closed, or the observer goes.</summary>
    void OnRemoved(ConnectionCore connection);
}
