using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Samples;

namespace Sidecar.App;

/// <summary>The application: one path for all clients, and its health.</summary>
internal static class AppProcess
{
    /// <summary>The line on standard output after which it accepts connections.</summary>
    public const string ReadyLine = "ready";

    /// <summary>Lines on standard input by which the coordinator changes the health of the application.</summary>
    public const string IllLine = "ill";
    public const string WellLine = "well";

    private const string GreeterName = "greet.Greeter";

    public static async Task<int> RunAsync(string socket, bool attached)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.AddConsole(console => console.LogToStandardErrorThreshold = LogLevel.Trace).SetMinimumLevel(LogLevel.Warning);

        // The health service reports it; the log would repeat it each second.
        builder.Logging.AddFilter("Microsoft.Extensions.Diagnostics.HealthChecks", LogLevel.None);

        // The two lines of Tachyon. Plain socket clients use the same path.
        builder.WebHost.UseTachyon();
        builder.WebHost.ConfigureKestrel(kestrel => kestrel.ListenTachyon(socket));

        builder.Services.AddGrpc();
        builder.Services.AddSingleton<Condition>();

        // The health of a service depends on the checks with its name as a tag; the health of the server on all checks.
        builder.Services
            .AddGrpcHealthChecks(health => health.Services.Map(GreeterName, check => check.Tags.Contains(GreeterName)))
            .AddCheck<Condition>("condition", tags: [GreeterName]);

        // How soon a watcher receives a change.
        builder.Services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(1);
        });

        await using var app = builder.Build();
        app.MapGrpcService<GreeterService>();
        app.MapGrpcHealthChecksService();
        await app.StartAsync();
        Console.WriteLine(ReadyLine);
        if (attached)
        {
            Parent.Attach(app.Lifetime, line => Apply(app.Services.GetRequiredService<Condition>(), line));
        }

        await app.WaitForShutdownAsync();
        return ExitCodes.Success;
    }

    private static void Apply(Condition condition, string line)
    {
        condition.IsWell = line switch
        {
            IllLine => false,
            WellLine => true,
            _ => condition.IsWell,
        };
    }

    /// <summary>In place of what a real application checks: its database, its disk, its queues.</summary>
    internal sealed class Condition : IHealthCheck
    {
        private volatile bool _isWell = true;

        public bool IsWell
        {
            get => _isWell;
            set => _isWell = value;
        }

        public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
            => Task.FromResult(IsWell ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("Set by the coordinator."));
    }
}
