namespace Tachyon.Frames;

/// <summary>Codes of resets and of GOAWAY: those of HTTP/2 (RFC 9113, section 7).</summary>
internal enum FrameErrorCode : uint
{
    NoError = 0,
    ProtocolError = 1,
    InternalError = 2,
    FlowControlError = 3,
    StreamClosed = 5,
    FrameSizeError = 6,
    RefusedStream = 7,
    Cancel = 8,
    EnhanceYourCalm = 11,
}

/// <summary>The peer broke a rule of the frames, or the connection can not go on: it ends with this code and rule.</summary>
internal sealed class FrameException(FrameErrorCode code, string rule) : IOException($"The peer broke the frame protocol: {rule}.")
{
    internal FrameErrorCode Code => code;

    internal string Rule => rule;
}
