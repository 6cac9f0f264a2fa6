using System.Text.Json.Serialization;
using Tachyon.Measuring;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Workers;

/// <summary>A request to a worker: one line of JSON on its standard input.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "ask")]
[JsonDerivedType(typeof(UsageQuery), "usage")]
[JsonDerivedType(typeof(MemoryQuery), "memory")]
[JsonDerivedType(typeof(OpenRequest), "open")]
[JsonDerivedType(typeof(RunRequest), "run")]
[JsonDerivedType(typeof(EchoRequest), "echo")]
[JsonDerivedType(typeof(CloseRequest), "close")]
internal abstract record WorkerRequest;

/// <summary>Asks what the process has used so far.</summary>
internal sealed record UsageQuery : WorkerRequest;

/// <summary>Asks for the memory of the process after a garbage collection.</summary>
internal sealed record MemoryQuery : WorkerRequest;

/// <summary>Opens the channels of a scenario and makes one call on each.</summary>
internal sealed record OpenRequest(string Scenario) : WorkerRequest;

/// <summary>Runs the open scenario.</summary>
internal sealed record RunRequest(double Seconds) : WorkerRequest;

/// <summary>Sends 64 B over the transport itself and waits for the echo, several times.</summary>
internal sealed record EchoRequest(int RoundTrips) : WorkerRequest;

/// <summary>Closes what is open.</summary>
internal sealed record CloseRequest : WorkerRequest;

/// <summary>The reply of a worker: one line of JSON on its standard output.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "reply")]
[JsonDerivedType(typeof(ReadyReply), "ready")]
[JsonDerivedType(typeof(DoneReply), "done")]
[JsonDerivedType(typeof(UsageReply), "usage")]
[JsonDerivedType(typeof(MemoryReply), "memory")]
[JsonDerivedType(typeof(RunReply), "run")]
[JsonDerivedType(typeof(FailedReply), "failed")]
internal abstract record WorkerReply;

/// <summary>The worker has started; a server gives its address for clients.</summary>
internal sealed record ReadyReply(string Address) : WorkerReply;

internal sealed record DoneReply : WorkerReply;

internal sealed record UsageReply(Usage Usage) : WorkerReply;

internal sealed record MemoryReply(MemoryUse Memory) : WorkerReply;

/// <summary>A round is over. Usage is that of the client process in the round.</summary>
internal sealed record RunReply(Round Round, Usage Usage) : WorkerReply;

internal sealed record FailedReply(string Error) : WorkerReply;

[JsonSerializable(typeof(WorkerRequest))]
[JsonSerializable(typeof(WorkerReply))]
internal sealed partial class WorkerJson : JsonSerializerContext;
