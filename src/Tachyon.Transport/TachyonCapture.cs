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

    /// <summary>
    /// Calls back now if a capture was started, and once more when that one has ended or failed. A file is opened after the capture has
    /// begun, so that only the second call says that it could not be.
    /// </summary>
    /// <param name="changed">Called from any thread, and kept until the second call. Exceptions that it throws are ignored.</param>
    /// <exception cref="ArgumentNullException">There is no callback.</exception>
    public static void Report(Action<TachyonCaptureStatus> changed)
    {
        ArgumentNullException.ThrowIfNull(changed);
        CaptureSession.Newest?.Report(changed);
    }
}
