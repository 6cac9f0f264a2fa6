namespace Grpc.Core;

/// <summary>How a call has ended.</summary>
public struct Status
{
    /// <summary>Success.</summary>
    public static readonly Status DefaultSuccess = new(StatusCode.OK, "");

    /// <summary>Cancellation, without further detail.</summary>
    public static readonly Status DefaultCancelled = new(StatusCode.Cancelled, "");

    /// <summary>Creates a status.</summary>
    public Status(StatusCode statusCode, string detail)
        : this(statusCode, detail, null)
    {
    }

    /// <summary>Creates a status with the exception that led to it, which is never sent.</summary>
    public Status(StatusCode statusCode, string detail, Exception? debugException)
    {
        StatusCode = statusCode;
        Detail = detail;
        DebugException = debugException;
    }

    /// <summary>The code.</summary>
    public StatusCode StatusCode { get; }

    /// <summary>More about it, for people.</summary>
    public string Detail { get; }

    /// <summary>The exception that led to the status on this side of the call, if one did. For debugging only.</summary>
    public Exception? DebugException { get; }

    /// <summary>The status for messages and logs.</summary>
    public override string ToString()
    {
        var debug = DebugException is { } e ? $", DebugException=\"{e.GetType()}: {e.Message}\"" : "";
        return $"Status(StatusCode=\"{StatusCode}\", Detail=\"{Detail}\"{debug})";
    }
}
