namespace Tachyon.Perf.Reporting;

internal static class Report
{
    internal static Task<int> WriteAsync(FileInfo[] files, DirectoryInfo output) => throw new InvalidOperationException($"{files.Length} {output}");
}
