using Tachyon.Frames;

namespace Tachyon.Grpc.Client.Internal.Direct;

/// <summary>The order of the frames of a response: headers once, then data, then the end or trailers, and nothing after these.</summary>
/// <remarks>Not thread-safe: used with the lock of its stream. A struct that is not copied.</remarks>
internal struct ResponseOrder
{
    private bool _hasHeaders;

    /// <summary>The server has sent all.</summary>
    internal bool IsEnded { get; private set; }

    /// <exception cref="FrameException">They came before.</exception>
    internal void OnHeaders(bool isEnd)
    {
        if (_hasHeaders)
        {
            throw new FrameException(FrameErrorCode.ProtocolError, "a response has headers twice");
        }

        _hasHeaders = true;
        IsEnded = isEnd;
    }

    /// <exception cref="FrameException">They come too early or too late.</exception>
    internal void OnTrailers() => Continue("trailers", isEnd: true);

    /// <exception cref="FrameException">They come too early or too late.</exception>
    internal void OnData(bool isEnd) => Continue("data", isEnd);

    private void Continue(string what, bool isEnd)
    {
        if (!_hasHeaders || IsEnded)
        {
            throw new FrameException(FrameErrorCode.ProtocolError, $"a response has {what} before its headers or after its end");
        }

        IsEnded = isEnd;
    }
}
