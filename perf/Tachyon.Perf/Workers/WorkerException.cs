namespace Tachyon.Perf.Workers;

/// <summary>A worker process failed, died or went silent; the message is for the user.</summary>
internal sealed class WorkerException(string message) : Exception(message);
