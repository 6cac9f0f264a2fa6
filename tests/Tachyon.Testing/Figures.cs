using System.Globalization;

namespace Tachyon.Testing;

/// <summary>
/// What the tests tried, in numbers: a line "name: value" for each report, in the file that TACHYON_FIGURES names. .ci/run and
/// tools/long-run print it at the end; without the variable nothing is kept.
/// </summary>
public static class Figures
{
    private static readonly Lock s_lock = new();

    public static void Report(string name, long value)
        => Report(name, value.ToString(CultureInfo.InvariantCulture));

    public static void Report(string name, string value)
    {
        if (Environment.GetEnvironmentVariable("TACHYON_FIGURES") is { Length: > 0 } file)
        {
            // One write of less than a page with O_APPEND: other test processes may write at the same moment.
            lock (s_lock)
            {
                File.AppendAllText(file, $"{name}: {value}\n");
            }
        }
    }
}
