using System.Diagnostics;
using System.Text.Json;

namespace Tachyon.Tool.Tests.Support;

/// <summary>One look of 'tachyon top --json'.</summary>
internal static class TopResult
{
    internal static async Task<JsonElement> LookAsync(string interval = "0.2")
        => (await ToolRun.RunAsync("top", "--once", "--json", "--interval", interval)).Json();

    /// <summary>The connections that this process has mapped.</summary>
    internal static JsonElement[] Of(this JsonElement look, int processId)
        => [.. look.GetProperty("connections").EnumerateArray()
            .Where(connection => connection.GetProperty("processes").EnumerateArray().Any(process => process.Int("processId") == processId))];

    /// <summary>Looks until the one connection of a process is as wanted.</summary>
    internal static async Task<JsonElement> UntilAsync(int processId, Func<JsonElement, bool> condition, string interval)
    {
        var start = Stopwatch.GetTimestamp();
        JsonElement[] connections;
        do
        {
            connections = (await LookAsync(interval)).Of(processId);
            if (connections is [var one] && condition(one))
            {
                return one;
            }
        }
        while (Stopwatch.GetElapsedTime(start) < Watchdog.Limit);
        throw new HungException($"Not within {Watchdog.Limit.TotalSeconds} s; the last look: {string.Join(' ', connections)}");
    }

    internal static int Int(this JsonElement element, string name) => element.GetProperty(name).GetInt32();

    internal static double Number(this JsonElement element, string name) => element.GetProperty(name).GetDouble();

    /// <summary>0 at the first sight of a connection, too.</summary>
    internal static double Rate(this JsonElement element, string name)
        => element.GetProperty(name) is { ValueKind: JsonValueKind.Number } rate ? rate.GetDouble() : 0;

    internal static string? Text(this JsonElement element, string name) => element.GetProperty(name).GetString();
}
