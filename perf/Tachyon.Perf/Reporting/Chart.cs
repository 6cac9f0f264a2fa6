namespace Tachyon.Perf.Reporting;

/// <summary>One chart: a value for each category and rival; NaN where there is none.</summary>
internal sealed record Chart(
    string File, string Title, string ValueLabel, bool Bars, bool Logarithmic, IReadOnlyList<string> Categories, IReadOnlyList<ChartSeries> Series);

internal sealed record ChartSeries(string Rival, IReadOnlyList<double> Values);
