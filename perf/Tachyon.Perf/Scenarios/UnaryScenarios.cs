using Tachyon.Perf.Service;

namespace Tachyon.Perf.Scenarios;

/// <summary>Unary calls over one channel: as fast as they go, or at a pace.</summary>
internal static class UnaryScenarios
{
    internal static Scenario Unary(int size, int inFlight)
    {
        Payload payload = Payloads.Create(size);
        return new Scenario($"unary {AllScenarios.Size(size)} x{inFlight}", "unary", 1, inFlight, run =>
        {
            Echo.EchoClient client = run.Clients[0];
            return run.LoopAsync(async _ => await client.UnaryAsync(payload));
        });
    }

    /// <summary>Both sides go to sleep between calls.</summary>
    internal static Scenario Paced(int milliseconds)
    {
        Payload payload = Payloads.Create(64);
        return new Scenario($"paced {milliseconds} ms", "paced", 1, 1, async run =>
        {
            Echo.EchoClient client = run.Clients[0];
            using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(milliseconds));
            while (!run.Over)
            {
                await timer.WaitForNextTickAsync();
                await run.RecordAsync(0, async _ => await client.UnaryAsync(payload));
            }
        });
    }
}
