namespace FileTransfer.Shared;

/// <summary>A file in memory: on the client as it was read, on either side as it was received.</summary>
internal sealed record StoredFile(string Path, ReadOnlyMemory<byte> Content);
