namespace Tachyon.Transport;

/// <summary>A capture of the traffic of this process, at one moment. Immutable.</summary>
public sealed class TachyonCaptureStatus
{
    internal TachyonCaptureStatus()
    {
    }

    /// <summary>What receives it: the path of a file, or a process.</summary>
    public required string Target { get; init; }

    /// <summary>The path of the server whose connections are captured; null for all connections of the process.</summary>
    public string? Path { get; init; }

    /// <summary>Bytes that are kept of each packet, with its headers of IP and TCP.</summary>
    public int SnapLength { get; init; }

    /// <summary>Whether it still captures.</summary>
    public bool IsRunning { get; init; }

    /// <summary>Packets that were written so far.</summary>
    public long Packets { get; init; }

    /// <summary>Packets that were not captured, because the target was too slow.</summary>
    public long Dropped { get; init; }

    /// <summary>Why it failed, as a sentence; null when it did not.</summary>
    public string? Error { get; init; }
}
