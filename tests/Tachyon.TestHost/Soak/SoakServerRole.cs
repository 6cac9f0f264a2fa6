using Tachyon.TestHost.Transports;

namespace Tachyon.TestHost.Soak;

/// <summary>A server of the soak.</summary>
internal static class SoakServerRole
{
    public static async Task<int> RunAsync(HostSettings settings)
    {
        await using var app = TestApplication.Build(TestTransport.For(settings.Transport), settings.Path, new TestApplicationOptions());
        await app.StartAsync();
        Console.WriteLine(HostSettings.ReadyLine);
        await foreach (var command in ParentWatcher.Commands.ReadAllAsync())
        {
            if (command == Heap.Command)
            {
                Heap.Report();
            }
        }

        return 0;
    }
}
