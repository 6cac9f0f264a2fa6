using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sidecar.Health;

/// <summary>Adds what the health service needs beside ASP.NET Core's health checks.</summary>
internal static class HealthRegistration
{
    /// <summary>A check belongs to the gRPC services whose full names are among its tags; all checks together are the server's health.</summary>
    public static void AddGrpcHealth(this IServiceCollection services)
    {
        services.AddSingleton<HealthBoard>();
        services.AddSingleton<IHealthCheckPublisher>(provider => provider.GetRequiredService<HealthBoard>());
        services.Configure<HealthCheckPublisherOptions>(publisher =>
        {
            // How soon a watcher learns of a change.
            publisher.Delay = TimeSpan.Zero;
            publisher.Period = TimeSpan.FromSeconds(1);
        });
    }
}
