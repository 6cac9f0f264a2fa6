using System.Text.Json;
using System.Text.Json.Serialization;
using Tachyon.Perf.Bars;
using Tachyon.Perf.Measurement;

namespace Tachyon.Perf.Running;

/// <summary>Everything that a run showed: what is printed, written as JSON and read back for the report.</summary>
internal sealed record RunResult(Machine Machine, RunSettings Settings)
{
    public List<ScenarioResult> Scenarios { get; init; } = [];

    public List<IdleResult> Idle { get; init; } = [];

    public List<CrossingsResult> Crossings { get; init; } = [];

    public List<AllocationResult> Allocations { get; init; } = [];

    /// <summary>Named results of the floors.</summary>
    public Dictionary<string, Spread> Floors { get; init; } = [];

    public List<BarVerdict> Bars { get; init; } = [];

    internal static RunResult Load(string path)
        => JsonSerializer.Deserialize(File.ReadAllText(path), RunJson.Default.RunResult)
        ?? throw new InvalidDataException($"'{path}' holds no run.");

    internal void Save(FileInfo file) => File.WriteAllText(file.FullName, JsonSerializer.Serialize(this, RunJson.Default.RunResult));
}

[JsonSourceGenerationOptions(WriteIndented = true, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunResult))]
internal sealed partial class RunJson : JsonSerializerContext;
