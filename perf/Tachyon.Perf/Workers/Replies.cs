using System.Text.Json.Serialization;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Workers;

/// <summary>What a worker answers: one line of JSON on its standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "reply")]
[JsonDerivedType(typeof(ReadyReply), "ready")]
[JsonDerivedType(typeof(DoneReply), "done")]
[JsonDerivedType(typeof(UsageReply), "usage")]
[JsonDerivedType(typeof(MemoryReply), "memory")]
[JsonDerivedType(typeof(RunReply), "run")]
[JsonDerivedType(typeof(FailedReply), "failed")]
internal abstract record WorkerReply;

/// <summary>The worker has started; its address for clients, if it is a server.</summary>
internal sealed record ReadyReply(string Address) : WorkerReply;

internal sealed record DoneReply : WorkerReply;

internal sealed record UsageReply(Usage Usage) : WorkerReply;

internal sealed record MemoryReply(MemoryUse Memory) : WorkerReply;

/// <summary>A round is over. Usage is that of the client process in the round.</summary>
internal sealed record RunReply(double Seconds, double Operations, double Bytes, Latencies? Latencies, Usage Usage) : WorkerReply;

internal sealed record FailedReply(string Error) : WorkerReply;
