using System.Text.Json.Serialization;

namespace Tachyon.Perf.Workers;

/// <summary>What a worker can be asked: one line of JSON on its standard input.</summary>
[JsonPolymorphic(TypeDiscriminatorPropertyName = "ask")]
[JsonDerivedType(typeof(UsageQuery), "usage")]
[JsonDerivedType(typeof(MemoryQuery), "memory")]
[JsonDerivedType(typeof(OpenRequest), "open")]
[JsonDerivedType(typeof(RunRequest), "run")]
[JsonDerivedType(typeof(EchoRequest), "echo")]
[JsonDerivedType(typeof(CloseRequest), "close")]
internal abstract record WorkerRequest;

/// <summary>What have you used so far?</summary>
internal sealed record UsageQuery : WorkerRequest;

/// <summary>How much memory do you need, garbage collected?</summary>
internal sealed record MemoryQuery : WorkerRequest;

/// <summary>Open the channels of a scenario, and make one call on each.</summary>
internal sealed record OpenRequest(string Scenario) : WorkerRequest;

/// <summary>Run the scenario that is open.</summary>
internal sealed record RunRequest(double Seconds) : WorkerRequest;

/// <summary>Send 64 B over the transport itself and wait for the echo, this often.</summary>
internal sealed record EchoRequest(int RoundTrips) : WorkerRequest;

/// <summary>Close what is open.</summary>
internal sealed record CloseRequest : WorkerRequest;
