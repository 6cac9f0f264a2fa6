using Tachyon.Transport.Internal.Capture;

namespace Tachyon.Transport;

/// <summary>
/// Captures of the traffic of this process, which the environment variable <c>TACHYON_CAPTURE</c> or the command <c>tachyon capture</c>
/// starts. The traffic is written in the clear.
/// </summary>
/// <remarks>Thread-safe.</remarks>
public static class TachyonCapture
{
    /// <summary>The capture that was started last, which may have ended or failed; null when there was none. The variable is read when the
    /// first connection or listener is made.</summary>
    public static TachyonCaptureStatus? Status => CaptureSession.Newest?.Status;
}
