using System.Globalization;
using System.Runtime;
using System.Runtime.InteropServices;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tachyon.Grpc.Client;
using Tachyon.Measuring;
using Tachyon.Perf.Measurement;
using Tachyon.Perf.Targets;

namespace Tachyon.Perf.Running;

/// <summary>All results of a run: printed, written as JSON, and read back for the report.</summary>
internal sealed record RunResult(Machine Machine, Conditions Conditions, RunSettings Settings)
{
    public List<ScenarioResult<UsageRound>> Scenarios { get; init; } = [];

    public List<IdleResult> Idle { get; init; } = [];

    public List<CrossingsResult> Crossings { get; init; } = [];

    public List<AllocationResult> Allocations { get; init; } = [];

    /// <summary>Results of the baselines by name.</summary>
    public Dictionary<string, Spread> Baselines { get; init; } = [];

    public List<TargetVerdict> Targets { get; init; } = [];

    internal static RunResult Load(string path)
        => JsonSerializer.Deserialize(File.ReadAllText(path), RunJson.Default.RunResult)
        ?? throw new InvalidDataException($"'{path}' holds no run.");

    internal void Save(FileInfo file) => File.WriteAllText(file.FullName, JsonSerializer.Serialize(this, RunJson.Default.RunResult));
}

/// <summary>The conditions of a run apart from the machine.</summary>
internal sealed record Conditions(
    DateTimeOffset Date, string System, string GarbageCollection, string TieredPgo, string Transport, string Confinement = "none")
{
    internal static Conditions Read(Confinement confinement)
    {
        var options = new TachyonChannelOptions();
        var heap = GCSettings.IsServerGC ? "server" : "workstation";
        var concurrency = GCSettings.LatencyMode == GCLatencyMode.Batch ? "not concurrent" : "concurrent";
        return new Conditions(
            DateTimeOffset.UtcNow,
            RuntimeInformation.OSDescription,
            $"{heap}, {concurrency}",
            IsTieredPgoOn() ? "on" : "off",
            string.Create(
                CultureInfo.InvariantCulture,
                $"rings of {options.SendRingSize / 1024} and {options.ReceiveRingSize / 1024} KiB, everything else default"),
            confinement.ToString());
    }

    internal string MachineText(Machine machine) => string.Create(
        CultureInfo.InvariantCulture,
        $"{System}, kernel {machine.Kernel}; {machine.Processor}, {machine.Cores} cores, load before {machine.LoadBefore:0.00}")
        + (Confinement == "none" ? "" : $"; each process confined: {Confinement}");

    internal string RuntimeText(Machine machine)
        => $"{machine.Runtime}, GC {GarbageCollection}, tiered PGO {TieredPgo}; Tachyon: {Transport}";

    private static bool IsTieredPgoOn()
        => Environment.GetEnvironmentVariable("DOTNET_TieredPGO") is not "0"
        && (!AppContext.TryGetSwitch("System.Runtime.TieredPGO", out var on) || on);
}

[JsonSourceGenerationOptions(
    WriteIndented = true, UseStringEnumConverter = true, NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(RunResult))]
internal sealed partial class RunJson : JsonSerializerContext;
