namespace FileTransfer.Shared;

/// <summary>What one round over one transport measured.</summary>
internal sealed record RoundResult(
    Transport Transport,
    double UploadMegabytesPerSecond,
    double DownloadMegabytesPerSecond,
    double UnaryP50Microseconds,
    double UnaryP99Microseconds,
    double ClientCpuMilliseconds,
    double ServerCpuMilliseconds);
