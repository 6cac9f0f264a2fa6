using Grpc.Health.V1;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Sidecar.Health;

/// <summary>The latest report of the health checks, which ASP.NET Core makes once in a while for all watchers together.</summary>
internal sealed class HealthBoard : IHealthCheckPublisher
{
    private volatile Notice _notice = new(null);

    /// <summary>The latest report, null before the first; and a task that ends when there is another.</summary>
    public (HealthReport? Report, Task Next) Look()
    {
        var notice = _notice;
        return (notice.Report, notice.Next.Task);
    }

    public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
    {
        var old = _notice;
        _notice = new Notice(report);
        old.Next.TrySetResult();
        return Task.CompletedTask;
    }

    /// <summary>The status of a service by a report: its worst check decides.</summary>
    public static HealthCheckResponse.Types.ServingStatus StatusOf(HealthReport report, string service)
    {
        var checks = report.Entries.Values.Where(entry => service.Length == 0 || entry.Tags.Contains(service)).ToList();
        if (checks.Count == 0 && service.Length > 0)
        {
            return HealthCheckResponse.Types.ServingStatus.ServiceUnknown;
        }

        // Degraded is slow or partly working: still better than no answer.
        return checks.Exists(check => check.Status == HealthStatus.Unhealthy)
            ? HealthCheckResponse.Types.ServingStatus.NotServing
            : HealthCheckResponse.Types.ServingStatus.Serving;
    }

    private sealed class Notice(HealthReport? report)
    {
        public HealthReport? Report => report;

        public TaskCompletionSource Next { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);
    }
}
