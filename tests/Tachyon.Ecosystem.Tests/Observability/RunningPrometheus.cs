using System.Text.Json;

namespace Tachyon.Ecosystem.Tests.Observability;

/// <summary>Debian's Prometheus with the files of the sample, a port of its own and short intervals.</summary>
internal sealed class RunningPrometheus : IAsyncDisposable
{
    private readonly TempDirectory _directory;
    private readonly ChildProgram _program;
    private readonly HttpClient _http;

    private RunningPrometheus(TempDirectory directory, ChildProgram program, Uri address)
    {
        _directory = directory;
        _program = program;
        _http = new HttpClient { BaseAddress = address };
    }

    internal static async Task<RunningPrometheus> StartAsync(string files, int metricsPort)
    {
        var directory = new TempDirectory();
        File.Copy(Path.Combine(files, "alerts.yml"), directory.FilePath("alerts.yml"));
        await File.WriteAllTextAsync(
            directory.FilePath("prometheus.yml"),
            (await File.ReadAllTextAsync(Path.Combine(files, "prometheus.yml")))
                .Replace(":9464", $":{metricsPort}", StringComparison.Ordinal)
                .Replace("5s", "1s", StringComparison.Ordinal));
        var port = FreePort();
        var program = ChildProgram.StartProgram(
            "prometheus",
            [
                "--config.file=prometheus.yml",
                $"--storage.tsdb.path={directory.FilePath("data")}",
                $"--web.listen-address=127.0.0.1:{port}",
            ],
            directory.Path);
        var prometheus = new RunningPrometheus(directory, program, new Uri($"http://127.0.0.1:{port}"));
        await Watchdog.Until(
            () => program.Errors.Contains("Server is ready to receive web requests", StringComparison.Ordinal), "the start of Prometheus");
        return prometheus;
    }

    /// <summary>The value of an expression with one result; null while there is none.</summary>
    internal async Task<string?> ValueAsync(string expression)
    {
        var answer = await AskAsync($"/api/v1/query?query={Uri.EscapeDataString(expression)}");
        var results = answer.GetProperty("result");
        return results.GetArrayLength() == 0 ? null : results[0].GetProperty("value")[1].GetString();
    }

    internal async Task<IEnumerable<string?>> AlertNamesAsync()
        => (await AskAsync("/api/v1/rules")).GetProperty("groups").EnumerateArray()
            .SelectMany(static rules => rules.GetProperty("rules").EnumerateArray())
            .Select(static rule => rule.GetProperty("name").GetString())
            .Order(StringComparer.Ordinal);

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        _program.Signal(Signals.Terminate);
        await _program.WaitForExitAsync();
        await _program.DisposeAsync();
        _directory.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start();
        return ((System.Net.IPEndPoint)listener.LocalEndpoint).Port;
    }

    private async Task<JsonElement> AskAsync(string path)
    {
        using var document = JsonDocument.Parse(await _http.GetStringAsync(new Uri(path, UriKind.Relative)).Within(path));
        return document.RootElement.GetProperty("data").Clone();
    }
}
