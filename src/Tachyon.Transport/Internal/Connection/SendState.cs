namespace Tachyon.Transport.Internal.Connection;

/// <summary>Whether bytes can still reach the reader of the sending half.</summary>
internal enum SendState
{
    Open,

    /// <summary>The peer does not read any more, or is gone.</summary>
    Unread,

    /// <summary>This connection failed: <see cref="ConnectionCore.Failure"/>.</summary>
    Failed,
}
