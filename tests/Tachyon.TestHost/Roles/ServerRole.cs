using Microsoft.Extensions.Hosting;
using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Roles;

/// <summary>A server that a test kills.</summary>
internal static class ServerRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        var transport = TestTransport.For(settings.Transport);
        await using var app = TestApplication.Build(transport, settings.Path, new TestApplicationOptions());
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await app.WaitForShutdownAsync();
        return 0;
    }
}
