namespace Tachyon.Interleaving.Exploring;

/// <summary>Numbers for the fields that the sources name. Fields of one name count as one, which costs schedules and misses none.</summary>
internal static class Locations
{
    internal const long Nothing = -1;

    // Above every offset in a region.
    private const long FirstName = 1L << 40;

    // Only counted for the metrics; nothing is decided by them.
    private static readonly HashSet<string> s_statistics =
        ["_rung", "_parks", "_ringsReceived", "Parks", "WakeUpsSent", "WakeUpsReceived"];

    private static readonly Dictionary<string, long> s_numbers = [];
    private static readonly Dictionary<string, string> s_fields = [];

    internal static bool IsStatistics(string expression) => s_statistics.Contains(Field(expression));

    internal static long Of(string expression)
    {
        var field = Field(expression);
        if (!s_numbers.TryGetValue(field, out var number))
        {
            number = FirstName + s_numbers.Count;
            s_numbers[field] = number;
        }

        return number;
    }

    private static string Field(string expression)
    {
        if (!s_fields.TryGetValue(expression, out var field))
        {
            field = expression[(expression.LastIndexOfAny(['.', ' ']) + 1)..];
            s_fields[expression] = field;
        }

        return field;
    }
}
