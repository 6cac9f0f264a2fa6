using System.Globalization;

namespace Tachyon.Testing;

/// <summary>
/// What the tests tried, in numbers: a line "name: value" for each report, in the file that TACHYON_FIGURES names, which .ci/run and
/// tools/long-run print at the end. Without the variable it is a file beside the test assembly, which 'dotnet test' prints
/// (Directory.Build.targets).
/// </summary>
public static class Figures
{
    private static readonly Lock s_lock = new();

    public static void Report(string name, long value)
        => Report(name, value.ToString(CultureInfo.InvariantCulture));

    public static void Report(string name, string value)
    {
        var file = Environment.GetEnvironmentVariable("TACHYON_FIGURES") is { Length: > 0 } named
            ? named
            : Path.Combine(AppContext.BaseDirectory, "figures.txt");

        // One write of less than a page with O_APPEND: other test processes may write at the same moment.
        lock (s_lock)
        {
            File.AppendAllText(file, $"{name}: {value}\n");
        }
    }
}
