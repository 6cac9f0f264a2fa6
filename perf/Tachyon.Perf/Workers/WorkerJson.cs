using System.Text.Json.Serialization;

namespace Tachyon.Perf.Workers;

/// <summary>The lines between the orchestrator and its workers.</summary>
[JsonSerializable(typeof(WorkerRequest))]
[JsonSerializable(typeof(WorkerReply))]
internal sealed partial class WorkerJson : JsonSerializerContext;
