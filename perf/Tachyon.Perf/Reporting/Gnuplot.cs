using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Text;

namespace Tachyon.Perf.Reporting;

/// <summary>Draws charts as SVG with gnuplot (Debian package gnuplot-nox).</summary>
internal static class Gnuplot
{
    // A candidate has the same color in all charts.
    private static readonly Dictionary<string, string> s_colors = new()
    {
        ["uds"] = "#7f7f7f",
        ["uds-inline"] = "#b8a0a0",
        ["tcp"] = "#d9a441",
        ["pipe"] = "#9a6fc0",
        ["adaptive"] = "#1b8a5a",
        ["park"] = "#2f6fb7",
        ["spin"] = "#c8443c",
        ["direct"] = "#1f1f1f",
        ["invoker"] = "#1f9fa8",
    };

    internal static async Task DrawAsync(Chart chart, DirectoryInfo output)
    {
        var start = new ProcessStartInfo("gnuplot", "-")
        {
            RedirectStandardInput = true,
            RedirectStandardError = true,
            WorkingDirectory = output.FullName,
        };
        using var gnuplot = Start(start);
        var errors = gnuplot.StandardError.ReadToEndAsync();
        await gnuplot.StandardInput.WriteAsync(Script(chart));
        gnuplot.StandardInput.Close();
        await gnuplot.WaitForExitAsync();
        if (gnuplot.ExitCode != 0)
        {
            throw new InvalidOperationException($"gnuplot could not draw '{chart.File}': {await errors}");
        }
    }

    private static Process Start(ProcessStartInfo start)
    {
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception exception)
        {
            throw new InvalidOperationException("The charts need gnuplot: apt-get install gnuplot-nox.", exception);
        }
    }

    private static string Script(Chart chart)
    {
        var script = new StringBuilder();
        script.AppendLine("$data << END");
        for (var i = 0; i < chart.Categories.Count; i++)
        {
            var values = chart.Series.Select(series => double.IsFinite(series.Values[i])
                ? series.Values[i].ToString("R", CultureInfo.InvariantCulture)
                : "-");
            script.AppendLine(CultureInfo.InvariantCulture, $"\"{chart.Categories[i]}\" {string.Join(' ', values)}");
        }

        script.AppendLine(
            CultureInfo.InvariantCulture,
            $"""
            END
            set terminal svg size 960,480 noenhanced font 'sans-serif,15' background '#f8f8f8'
            set output '{chart.File}.svg'
            set title '{chart.Title}'
            set ylabel '{chart.ValueLabel}'
            set datafile missing '-'
            set border 3 linecolor rgb '#404040'
            set tics nomirror
            set grid ytics linecolor rgb '#d0d0d0'
            set key outside right top
            set style histogram clustered gap 1
            set style fill solid noborder
            set offsets 0.1, 0.1, 0, 0
            set format y '%.12g'
            """);
        script.AppendLine(chart.Logarithmic ? "set logscale y" : "set yrange [0:*]");
        var style = chart.Bars ? "histograms" : "linespoints linewidth 2 pointtype 7";
        script.Append("plot ").AppendJoin(", ", chart.Series.Select((series, i) => string.Create(
            CultureInfo.InvariantCulture,
            $"$data using {i + 2}:xtic(1) with {style} linecolor rgb '{ColorOf(series)}' title '{series.Candidate}'")));
        return script.AppendLine().ToString();
    }

    private static string ColorOf(ChartSeries series) => s_colors.GetValueOrDefault(series.Candidate, "#000000");
}

/// <summary>One chart: a value for each category and candidate; NaN where there is none.</summary>
internal sealed record Chart(
    string File, string Title, string ValueLabel, bool Bars, bool Logarithmic,
    IReadOnlyList<string> Categories, IReadOnlyList<ChartSeries> Series);

internal sealed record ChartSeries(string Candidate, IReadOnlyList<double> Values);
