using System.Net;
using Greet;
using Observability;
using OpenTelemetry;
using OpenTelemetry.Metrics;
using OpenTelemetry.Trace;
using Tachyon.Grpc.Client;

var builder = WebApplication.CreateBuilder(args);
var socket = builder.Configuration["Socket"] ?? Path.Combine(Path.GetTempPath(), "observability.sock");

// gRPC over shared memory, and HTTP for Prometheus.
builder.WebHost.UseTachyon();
builder.WebHost.ConfigureKestrel((context, kestrel) =>
{
    kestrel.ListenTachyon(socket);
    kestrel.Listen(IPAddress.Loopback, context.Configuration.GetValue("MetricsPort", 9464));
});
builder.Services.AddGrpc();

// A client of the service in the same process, so that there is something to see.
builder.Services.AddGrpcClient<Greeter.GreeterClient>().UseTachyon(socket);
builder.Services.AddHostedService<Caller>();

// One pattern for all meters of Tachyon. The rest counts requests, as over any transport.
var telemetry = builder.Services.AddOpenTelemetry()
    .WithMetrics(static metrics => metrics
        .AddMeter("Tachyon.*")
        .AddAspNetCoreInstrumentation()
        .AddHttpClientInstrumentation()
        .AddPrometheusExporter())
    .WithTracing(static tracing => tracing
        .AddAspNetCoreInstrumentation(static requests => requests.Filter = static context => context.Request.Path != "/metrics")
        .AddHttpClientInstrumentation());

// To a collector, by the variable of the specification, beside Prometheus.
if (builder.Configuration["OTEL_EXPORTER_OTLP_ENDPOINT"] is { Length: > 0 })
{
    telemetry.UseOtlpExporter();
}

var app = builder.Build();
app.MapGrpcService<GreeterService>();
app.MapPrometheusScrapingEndpoint();
app.Run();
