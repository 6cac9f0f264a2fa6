using System.Text.Json;

namespace Tachyon.Ecosystem.Tests.Observability;

/// <summary>samples/Observability: the names in its dashboard and its alerts are those of our meters, and Prometheus takes all of
/// it.</summary>
[Trait("Category", "Long")]
public sealed class ObservabilitySampleTests
{
    private static readonly string s_sample = Repository.FilePath("samples", "Observability");

    [Theory]
    [InlineData("Grafana/dashboard.json")]
    [InlineData("Prometheus/alerts.yml")]
    [InlineData("Prometheus/alerts.test.yml")]
    public void Metrics_of_a_file_are_in_the_documents(string file)
    {
        string[] used = [.. PrometheusNames.In(File.ReadAllText(Path.Combine(s_sample, file)))];

        Assert.NotEmpty(used);
        Assert.Subset(PrometheusNames.OfDocuments.ToHashSet(), used.ToHashSet());
    }

    [Fact]
    public void Dashboard_shows_every_metric_of_the_transport_the_server_and_the_client()
    {
        using var dashboard = JsonDocument.Parse(File.ReadAllText(Path.Combine(s_sample, "Grafana", "dashboard.json")));
        var panels = dashboard.RootElement.GetProperty("panels").EnumerateArray().ToList();
        Assert.Equal(panels.Count, panels.Select(static panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        string[] expressions = [.. panels.SelectMany(static panel => panel.GetProperty("targets").EnumerateArray())
            .Select(static target => target.GetProperty("expr").GetString()!)];

        Assert.Equal(
            PrometheusNames.OfDocuments.Where(static name => !name.StartsWith("tachyon_proxy_", StringComparison.Ordinal))
                .Order(StringComparer.Ordinal),
            expressions.SelectMany(PrometheusNames.In).Distinct().Order(StringComparer.Ordinal));
    }

    [RequiresFact("promtool")]
    public async Task Alerts_are_understood_and_fire_when_they_should()
    {
        var folder = Path.Combine(s_sample, "Prometheus");
        (await ChildProgram.RunAsync("promtool", ["check", "config", "prometheus.yml"], folder)).Succeeded();
        (await ChildProgram.RunAsync("promtool", ["test", "rules", "alerts.test.yml"], folder)).Succeeded();
    }

    [Fact]
    public async Task Server_exports_the_metrics_of_the_documents()
    {
        await using var sample = await RunningSample.StartAsync();
        using var http = new HttpClient();
        var text = "";
        while (!text.Contains("\ntachyon_connections{", StringComparison.Ordinal)
            || !text.Contains("http_server_request_duration_seconds_count{", StringComparison.Ordinal))
        {
            text = await http.GetStringAsync(new Uri($"http://127.0.0.1:{sample.Port}/metrics")).Within("the metrics");
        }

        string[] exported = [.. text.Split('\n').Where(static line => line.StartsWith("# TYPE tachyon_", StringComparison.Ordinal))
            .Select(static line => line.Split(' ')[2])];
        Assert.Superset(
            new HashSet<string> { "tachyon_connections", "tachyon_bytes_sent_bytes_total", "tachyon_parks_total" }, exported.ToHashSet());
        Assert.Subset(PrometheusNames.OfDocuments.ToHashSet(), exported.ToHashSet());
    }

    [RequiresFact("prometheus")]
    public async Task Prometheus_collects_what_the_dashboard_asks_for()
    {
        await using var sample = await RunningSample.StartAsync();
        await using var prometheus = await RunningPrometheus.StartAsync(Path.Combine(s_sample, "Prometheus"), sample.Port);

        // The server and the client, in one process.
        string? connections;
        do
        {
            connections = await prometheus.ValueAsync("sum by (instance) (tachyon_connections{job=~\"tachyon\"})");
        }
        while (connections is null or "0" or "1");
        Assert.Equal("2", connections);
        Assert.Equal(["TachyonClientsRefused", "TachyonFallback", "TachyonProtocolViolation"], await prometheus.AlertNamesAsync());
    }
}
