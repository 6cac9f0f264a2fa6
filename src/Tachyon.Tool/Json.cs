using System.Text.Json;

namespace Tachyon.Tool;

/// <summary>Output for programs: one line for each result.</summary>
internal static class Json
{
    private static readonly JsonSerializerOptions s_options = new(JsonSerializerDefaults.Web);

    internal static void WriteLine<T>(T value) => Console.Out.WriteLine(JsonSerializer.Serialize(value, s_options));
}
