namespace FileTransfer.Coordinator;

internal sealed record RunOptions(IReadOnlyList<string> Directories, int Rounds, int LimitMegabytes);
