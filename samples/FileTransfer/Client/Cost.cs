namespace FileTransfer.Client;

/// <summary>What a piece of work took: time, and processor time in both processes.</summary>
internal readonly record struct Cost(TimeSpan Elapsed, TimeSpan ClientCpu, TimeSpan ServerCpu);
