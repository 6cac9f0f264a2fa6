namespace Tachyon.Transport.Internal.Capture;

/// <summary>A capture that the environment of the process asks for: docs/capture.md.</summary>
internal static class CaptureEnvironment
{
    internal const string Variable = "TACHYON_CAPTURE";

    private static readonly Lazy<CaptureSession?> s_session = new(static () => Start(Environment.GetEnvironmentVariable(Variable)));

    /// <summary>Starts it when the first connection or listener is made. Any thread.</summary>
    /// <returns>The capture, which may have failed; null where the variable is not set.</returns>
    internal static CaptureSession? EnsureStarted() => s_session.Value;

    private static CaptureSession? Start(string? value)
    {
        if (string.IsNullOrWhiteSpace(value))
        {
            return null;
        }

        var (path, limits, problem) = Read(value);
        CaptureOutput output = problem is null ? new CaptureFiles(path, limits) : new FailedOutput(Variable, problem);
        if (!CaptureSession.TryCreate(default, output, limits.SnapLength, out var session))
        {
            return null;
        }

        session.Begin();
        return session;
    }

    private static (string Path, CaptureLimits Limits, string? Problem) Read(string value)
    {
        try
        {
            var (path, limits) = CaptureLimits.Parse(value);
            path = path.Replace("{pid}", $"{Environment.ProcessId}", StringComparison.Ordinal);
            return (path, limits, null);
        }
        catch (FormatException exception)
        {
            return ("", CaptureLimits.Default, $"The environment variable {Variable} is '{value}': {exception.Message} Use PATH, or PATH;snaplen=BYTES;size=MEGABYTES;files=NUMBER.");
        }
    }

    /// <summary>Lets a mistake in the variable be reported in the same way as a file that cannot be written.</summary>
    private sealed class FailedOutput(string target, string problem) : CaptureOutput
    {
        internal override string Target => target;

        internal override ValueTask OpenAsync(ReadOnlyMemory<byte> header) => throw new IOException(problem);

        internal override ValueTask WriteAsync(ReadOnlyMemory<byte> blocks) => default;

        public override ValueTask DisposeAsync() => default;
    }
}
