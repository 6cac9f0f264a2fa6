using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.DependencyInjection;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Tachyon.Ecosystem.Tests.Protos;
using Tachyon.Ecosystem.Tests.Support;
using Tachyon.TestHost;
using Tachyon.TestHost.Transports;

namespace Tachyon.Ecosystem.Tests;

/// <summary>OpenTelemetry's own instrumentation of ASP.NET Core and HttpClient, as an application adds it.</summary>
// Providers collect from the whole process.
[Collection(Serial.Name)]
public sealed class OpenTelemetryTests
{
    // What dashboards of gRPC services are made of. The others differ by protocol: docs/direct-mode.md.
    private static readonly string[] s_instruments =
    [
        "http.client.active_requests", "http.client.request.duration", "http.server.active_requests", "http.server.request.duration",
    ];

    [Theory]
    [EachTransport]
    public async Task Exported_trace_has_the_spans_of_both_sides(TransportKind transport)
    {
        List<Activity> exported = [];
        using var source = new ActivitySource(nameof(OpenTelemetryTests));
        Activity caller;
        using (Sdk.CreateTracerProviderBuilder()
            .AddSource(nameof(OpenTelemetryTests))
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            .AddInMemoryExporter(exported)
            .Build())
        {
            using (caller = source.StartActivity("caller") ?? throw new InvalidOperationException("Nothing listens to the source."))
            {
                // The server has stopped after this, so that its span has ended.
                await CallAsync(transport);
            }
        }

        var server = Assert.Single(Spans(ActivityKind.Server));
        var client = Assert.Single(Spans(ActivityKind.Client), static span => span.Source.Name == "System.Net.Http");
        Assert.Equal(client.SpanId, server.ParentSpanId);
        Assert.Equal("POST", client.GetTagItem("http.request.method"));
        Assert.Equal("POST", server.GetTagItem("http.request.method"));
        Assert.Equal(200, client.GetTagItem("http.response.status_code"));
        Assert.Equal(200, server.GetTagItem("http.response.status_code"));

        IEnumerable<Activity> Spans(ActivityKind kind)
            => exported.Where(span => span.TraceId == caller.TraceId && span.Kind == kind);
    }

    [Fact]
    public async Task Exported_metrics_of_requests_are_those_of_a_unix_socket()
    {
        var expected = await MeasureAsync(TransportKind.UnixSocket);

        Assert.Equal(s_instruments, expected.Keys.Order(StringComparer.Ordinal));
        Assert.Equal(expected, await MeasureAsync(TransportKind.Adaptive));
        Assert.Equal(expected, await MeasureAsync(TransportKind.Direct));
    }

    /// <returns>The names of the tags by instrument.</returns>
    private static async Task<Dictionary<string, string>> MeasureAsync(TransportKind transport)
    {
        List<MetricSnapshot> exported = [];
        using (Sdk.CreateMeterProviderBuilder()
            .AddAspNetCoreInstrumentation()
            .AddHttpClientInstrumentation()
            .AddInMemoryExporter(exported)
            .Build())
        {
            // The server has stopped after this, so that all its requests were measured. The last export is that of the disposal.
            await CallAsync(transport);
        }

        return exported
            .Where(static metric => s_instruments.Contains(metric.Name))
            .GroupBy(static metric => metric.Name)
            .ToDictionary(static group => group.Key, static group => $"{group.Last().Unit}: {TagsOf(group.Last())}");
    }

    private static string TagsOf(MetricSnapshot metric)
    {
        SortedSet<string> names = [];
        foreach (var point in metric.MetricPoints)
        {
            foreach (var tag in point.Tags)
            {
                _ = names.Add(tag.Key);
            }
        }

        return string.Join(", ", names);
    }

    private static async Task CallAsync(TransportKind transport)
    {
        await using var server = await EcosystemServer.StartAsync(
            transport,
            HttpProtocols.Http2,
            static services => services.AddGrpc(),
            static app => app.MapGrpcService<BooksService>());
        using var channel = server.CreateChannel();
        var book = await new Books.BooksClient(channel).GetAsync(new GetBookRequest { Id = 7 }).ResponseAsync.Within("a call");
        Assert.Equal(7, book.Id);
    }
}
